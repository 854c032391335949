/* SPDX-License-Identifier: MIT
 * Plaintext of a manifest of format 2.
 */
#include "fuzz.h"
#include "vault/objects/manifest2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(manifest2_free) struct manifest2 x = { 0 };
	if (manifest2_decode(SPAN(data, size), &x))
		return 0;
	if (manifest2_encode(&x, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
