/* SPDX-License-Identifier: MIT
 * Plaintext of a commit, and what starts an epoch inside it.
 */
#include "fuzz.h"
#include "vault/objects/objects.h"

static void try_epoch_start(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct epoch_start s;
	struct span box;
	struct id nobody = { 0 };
	if (epoch_start_decode(in, &s))
		return;
	(void)epoch_start_box(&s, nobody, &box);
	if (epoch_start_encode(&s, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct commit c;
	try_epoch_start(SPAN(data, size));
	if (commit_decode(SPAN(data, size), &c))
		return 0;
	try_epoch_start(c.new_epoch);
	if (commit_encode(&c, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
