/* SPDX-License-Identifier: MIT
 * What the envelope of a sealed object holds: the frame.
 */
#include "fuzz.h"
#include "vault/objects/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct object_frame f;
	if (object_frame_decode(SPAN(data, size), &f))
		return 0;
	if ((const uint8_t *)f.plain.p < data || (const uint8_t *)f.plain.p + f.plain.len > data + size)
		abort();
	return 0;
}
