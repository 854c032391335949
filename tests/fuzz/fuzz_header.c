/* SPDX-License-Identifier: MIT
 * The vault's header: what is accepted encodes to the same bytes again. Its closing
 * checksum is made right first, since a fuzzer would never guess it.
 */
#include "fuzz.h"
#include "vault/keys/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(header_freep) struct header *h = NULL;
	cleanup(buf_free) struct buf in = BUF_INIT, out = BUF_INIT;
	struct why why = { 0 };
	struct hash sum;
	if (size < HASH_LEN)
		return 0;
	buf_put(&in, data, size);
	if (buf_ok(&in) || crypto_sha256(SPAN(data, size - HASH_LEN), &sum))
		abort();
	hash_put(in.p + size - HASH_LEN, sum);
	if (header_decode(buf_span(&in), &h, &why))
		return 0;
	if (header_encode(h, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
	return 0;
}
