/* SPDX-License-Identifier: MIT
 * Sealed blocks of format 2. The first byte of the input says whether the rest is a sealed form that somebody else
 * made, or contents that are sealed here: then any range comes back as it was.
 */
#include "fuzz.h"
#include "vault/objects/block.h"

static const struct key blocks = { { 1 } };
static const struct block_keys keys = { CIPHER_CHACHA20POLY1305, &blocks, blocks.b };

static void try_foreign(struct span sealed, uint32_t off, uint32_t len)
{
	uint8_t out[4096];
	if (len <= sizeof(out) && block_open(&keys, sealed, off, len, out) == ERR_OK && len)
		abort(); /* nobody knows the key */
}

/* try_own: the contents eight times over, so that there are several chunks. */
static void try_own(struct span in, uint32_t off, uint32_t len)
{
	cleanup(buf_free) struct buf data = BUF_INIT, out = BUF_INIT;
	struct hash hash;
	for (unsigned i = 0; i < 8; i++)
		buf_put(&data, in.p, in.len);
	if (block_seal(&keys, buf_span(&data), &out, &hash))
		return;
	off %= (uint32_t)data.len;
	len %= (uint32_t)data.len - off + 1;
	cleanup_free uint8_t *back = malloc(len + 1);
	if (!back || block_check(buf_span(&out), (uint32_t)data.len, hash) ||
	    block_open(&keys, buf_span(&out), off, len, back) || memcmp(back, data.p + off, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = RD(SPAN(data, size));
	uint8_t how = rd_u8(&r);
	uint32_t off = rd_u32(&r), len = rd_u32(&r);
	if (r.bad)
		return 0;
	if (how & 1)
		try_own(SPAN(r.p, r.left), off, len);
	else
		try_foreign(SPAN(r.p, r.left), off, len);
	return 0;
}
