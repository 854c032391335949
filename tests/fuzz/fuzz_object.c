/* SPDX-License-Identifier: MIT
 * What the envelope of a sealed object holds: frame, then the compressed plaintext.
 */
#include "fuzz.h"
#include "vault/objects/frame.h"
#include "vault/objects/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf plain = BUF_INIT;
	struct object_frame f;
	(void)object_unpack(SPAN(data, size), &plain);
	if (plain.len > OBJECT_PLAIN_MAX)
		abort();
	buf_clear(&plain);
	if (object_frame_decode(SPAN(data, size), &f))
		return 0;
	if ((const uint8_t *)f.packed.p < data || (const uint8_t *)f.packed.p + f.packed.len > data + size)
		abort();
	(void)object_unpack(f.packed, &plain);
	return 0;
}
