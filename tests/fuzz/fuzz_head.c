/* SPDX-License-Identifier: MIT
 * Plaintext of a head of format 2.
 */
#include "fuzz.h"
#include "vault/objects/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(head_free) struct head x = { 0 };
	if (head_decode(SPAN(data, size), &x))
		return 0;
	if (head_encode(&x, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
