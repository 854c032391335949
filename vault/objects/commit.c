/* SPDX-License-Identifier: MIT
 * Plaintext of a commit part. Layout: docs/format1.md, "Commit".
 */
#include "vault/objects/commit.h"

#include "vault/objects/changes.h"

#define COMMIT_VERSION 1
enum { HAS_MANIFEST = 1, HAS_EPOCH = 2 };

static bool commit_ok(const struct commit *c)
{
	return c->n >= 1 && c->epoch >= 1 && c->parts >= 1 && c->parts <= PARTS_MAX && c->part < c->parts &&
	       c->norphans <= PARENTS_MAX;
}

static uint8_t commit_flags(const struct commit *c)
{
	unsigned f = hash_is_zero(c->manifest) ? 0 : HAS_MANIFEST;
	return (uint8_t)(f | (c->new_epoch.len ? HAS_EPOCH : 0));
}

static void put_last(const struct commit *c, struct buf *out)
{
	uint8_t flags = commit_flags(c);
	buf_u8(out, flags);
	buf_hash(out, c->parent);
	buf_u64(out, c->height);
	buf_u64(out, (uint64_t)c->time);
	buf_hash(out, c->digest);
	buf_u32(out, c->norphans);
	buf_put(out, c->orphans, (size_t)c->norphans * HASH_LEN);
	buf_put(out, c->part_hashes, (size_t)(c->parts - 1) * HASH_LEN);
	if (flags & HAS_MANIFEST) {
		buf_hash(out, c->manifest);
		buf_id(out, c->manifest_id);
	}
	if (flags & HAS_EPOCH)
		buf_blob32(out, c->new_epoch);
}

err_t commit_encode(const struct commit *c, struct buf *out)
{
	if (!commit_ok(c))
		return ERR_INVAL;
	err_t e = changes_check(c->changes);
	if (e)
		return ERR_INVAL;
	buf_u8(out, COMMIT_VERSION);
	buf_id(out, c->stream);
	buf_u64(out, c->n);
	buf_u32(out, c->epoch);
	buf_u32(out, c->part);
	buf_u32(out, c->parts);
	if (c->part + 1 == c->parts)
		put_last(c, out);
	buf_put(out, c->changes.p, c->changes.len);
	return buf_ok(out);
}

static bool get_last(struct rd *r, struct commit *c)
{
	uint8_t flags = rd_u8(r);
	c->parent = rd_hash(r);
	c->height = rd_u64(r);
	c->time = (int64_t)rd_u64(r);
	c->digest = rd_hash(r);
	c->norphans = rd_u32(r);
	if (c->norphans > PARENTS_MAX)
		return false;
	c->orphans = rd_bytes(r, (size_t)c->norphans * HASH_LEN);
	c->part_hashes = rd_bytes(r, (size_t)(c->parts - 1) * HASH_LEN);
	if (flags & HAS_MANIFEST) {
		c->manifest = rd_hash(r);
		c->manifest_id = rd_id(r);
	}
	if (flags & HAS_EPOCH)
		c->new_epoch = rd_blob32(r);
	return !r->bad && flags == commit_flags(c);
}

err_t commit_decode(struct span plain, struct commit *ret)
{
	struct rd r = RD(plain);
	struct commit c = { 0 };
	uint8_t version = rd_u8(&r);
	if (version > COMMIT_VERSION)
		return ERR_VERSION;
	c.stream = rd_id(&r);
	c.n = rd_u64(&r);
	c.epoch = rd_u32(&r);
	c.part = rd_u32(&r);
	c.parts = rd_u32(&r);
	if (r.bad || version == 0 || !commit_ok(&c))
		return ERR_DAMAGED;
	if (c.part + 1 == c.parts && !get_last(&r, &c))
		return ERR_DAMAGED;
	c.changes = SPAN(r.p, r.left);
	err_t e = changes_check(c.changes);
	if (!e)
		*ret = c;
	return e;
}
