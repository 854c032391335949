/* SPDX-License-Identifier: MIT
 * Where file contents are: the extents of a group.
 */
#include "vault/records/extents.h"

#include "vault/records/codec.h"

#include <string.h>

#define EXTENT_LEN (4 + 4 + 4 + ID_LEN)

/* extent_ok: `rel` is the extent's offset in its group, `end` where the one before it ended. */
static bool extent_ok(uint64_t rel, uint32_t len, uint32_t block_off, uint64_t end)
{
	if (len < 1 || len > BLOCK_SIZE || rel < end || rel >= EXTENT_GROUP_SIZE)
		return false;
	return rel % BLOCK_SIZE + len <= BLOCK_SIZE && (uint64_t)block_off + len <= BLOCK_SIZE;
}

static bool extents_ok(const struct extent *list, size_t n)
{
	if (n < 1 || n > EXTENTS_MAX)
		return false;
	uint64_t base = list[0].off / EXTENT_GROUP_SIZE * EXTENT_GROUP_SIZE, end = 0;
	if (base >= FILE_SIZE_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (list[i].off < base || !extent_ok(list[i].off - base, list[i].len, list[i].block_off, end))
			return false;
		end = list[i].off - base + list[i].len;
	}
	return true;
}

void extents_encode(const struct extent *list, size_t n, struct buf *out)
{
	if (!record_begin(out, extents_ok(list, n)))
		return;
	for (size_t i = 0; i < n; i++) {
		buf_u32(out, (uint32_t)(list[i].off % EXTENT_GROUP_SIZE));
		buf_u32(out, list[i].len);
		buf_u32(out, list[i].block_off);
		buf_id(out, list[i].block);
	}
}

/* extents_check: every rule, before anything is written to the caller's list. */
static err_t extents_check(struct rd r, size_t n)
{
	uint64_t end = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t rel = rd_u32(&r), len = rd_u32(&r), block_off = rd_u32(&r);
		if (!rd_bytes(&r, ID_LEN) || !extent_ok(rel, len, block_off, end))
			return ERR_DAMAGED;
		end = (uint64_t)rel + len;
	}
	return ERR_OK;
}

err_t extents_decode(struct span value, uint32_t group, struct extent *list, size_t max, size_t *ret_n)
{
	struct rd r = RD(value);
	err_t e = record_open(&r);
	if (e)
		return e;
	size_t n = r.left / EXTENT_LEN;
	if (n < 1 || n > EXTENTS_MAX || r.left % EXTENT_LEN)
		return ERR_DAMAGED;
	if (n > max)
		return ERR_LIMIT;
	e = extents_check(r, n);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		list[i].off = group * EXTENT_GROUP_SIZE + rd_u32(&r);
		list[i].len = rd_u32(&r);
		list[i].block_off = rd_u32(&r);
		list[i].block = rd_id(&r);
	}
	*ret_n = n;
	return ERR_OK;
}
