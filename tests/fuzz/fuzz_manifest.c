/* SPDX-License-Identifier: MIT
 * Plaintext of a manifest of format 2.
 */
#include "fuzz.h"
#include "vault/objects/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(manifest_free) struct manifest x = { 0 };
	if (manifest_decode(SPAN(data, size), &x))
		return 0;
	if (manifest_encode(&x, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
