/* SPDX-License-Identifier: MIT
 * What the envelope of an object of format 2 holds. The fuzzer's inputs are short, so zeros follow up to a whole
 * object.
 */
#include "fuzz.h"
#include "vault/objects/frame.h"

#define WHOLE (4096 - ENVELOPE_LEN)

static void try_frame(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct frame f;
	if (frame_get(in, &f))
		return;
	if (frame_put(&out, &f))
		abort();
	fuzz_same(&out, in.p, in.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t whole[WHOLE] = { 0 };
	try_frame(SPAN(data, size));
	if (size && size <= sizeof(whole)) {
		memcpy(whole, data, size);
		try_frame(SPAN(whole, sizeof(whole)));
	}
	return 0;
}
