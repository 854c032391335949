/* SPDX-License-Identifier: MIT
 * Plaintext of a checkpoint's manifest.
 */
#include "fuzz.h"
#include "vault/objects/objects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(manifest_free) struct manifest m = { 0 };
	if (manifest_decode(SPAN(data, size), &m))
		return 0;
	if (manifest_encode(&m, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
