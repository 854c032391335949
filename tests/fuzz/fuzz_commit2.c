/* SPDX-License-Identifier: MIT
 * Plaintext of a part of a commit of format 2.
 */
#include "fuzz.h"
#include "vault/objects/commit2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(commit2_free) struct commit2 c = { 0 };
	if (commit2_decode(SPAN(data, size), &c))
		return 0;
	if (commit2_encode(&c, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
