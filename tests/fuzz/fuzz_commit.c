/* SPDX-License-Identifier: MIT
 * Plaintext of a part of a commit of format 2.
 */
#include "fuzz.h"
#include "vault/objects/commit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(commit_free) struct commit c = { 0 };
	if (commit_decode(SPAN(data, size), &c))
		return 0;
	if (commit_encode(&c, &out))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
