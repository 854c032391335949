/* SPDX-License-Identifier: MIT
 * A pack of records of format 2.
 */
#include "fuzz.h"
#include "vault/objects/pack.h"

static err_t add(void *ctx, struct span key, struct span value)
{
	if (pack_add(ctx, key, value))
		abort();
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(pack_free) struct pack p = PACK_INIT;
	if (pack_read(SPAN(data, size), NULL, NULL))
		return 0;
	if (pack_read(SPAN(data, size), add, &p) || pack_put(&p, &out) || out.len > pack_bound(&p))
		abort();
	fuzz_same(&out, data, size);
	return 0;
}
