/* SPDX-License-Identifier: MIT
 * Plaintext of a head.
 */
#include "fuzz.h"
#include "vault/objects/objects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stream_pos pos[STREAMS_MAX];
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct head h;
	if (head_decode(SPAN(data, size), &h, pos, STREAMS_MAX))
		return 0;
	if (head_encode(&h, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
