/* SPDX-License-Identifier: MIT
 * Plaintext of a commit part and the list of changes in it. Layout: docs/format.md, "Commit".
 */
#include "vault/objects/commit.h"

#include "util/cleanup.h"

#include <string.h>

#define COMMIT_VERSION 1
#define CHANGE_DELETE UINT32_MAX
#define CHANGE_KEY_MAX 255
#define CHANGE_VALUE_MAX (16u << 20)
enum { HAS_MANIFEST = 1, HAS_EPOCH = 2 };

static bool zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;
	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

/* --- changes --- */

static bool change_key_ok(struct span key)
{
	uint8_t kind = key.len ? ((const uint8_t *)key.p)[0] : 0;
	return key.len <= CHANGE_KEY_MAX && kind > 0 && kind < REC_ORPHAN;
}

static bool change_key(struct buf *out, struct span key)
{
	if (!change_key_ok(key)) {
		out->failed = true;
		return false;
	}
	buf_u8(out, (uint8_t)key.len);
	buf_put(out, key.p, key.len);
	return true;
}

void change_put(struct buf *out, struct span key, struct span value)
{
	if (value.len < 1 || value.len > CHANGE_VALUE_MAX)
		out->failed = true;
	else if (change_key(out, key))
		buf_blob32(out, value);
}

void change_del(struct buf *out, struct span key)
{
	if (change_key(out, key))
		buf_u32(out, CHANGE_DELETE);
}

bool change_next(struct rd *r, struct span *key, struct span *value)
{
	if (r->bad || r->left == 0)
		return false;
	struct span k = { NULL, rd_u8(r) }, v = { NULL, 0 };
	k.p = rd_bytes(r, k.len);
	uint32_t len = rd_u32(r);
	if (len != CHANGE_DELETE) {
		v = SPAN(rd_bytes(r, len), len);
		r->bad |= len < 1 || len > CHANGE_VALUE_MAX;
	}
	if (r->bad || !change_key_ok(k)) {
		r->bad = true;
		return false;
	}
	*key = k;
	*value = v;
	return true;
}

err_t changes_check(struct span changes)
{
	struct rd r = RD(changes);
	struct span key, value, last = { NULL, 0 };
	while (change_next(&r, &key, &value)) {
		if (last.p && span_cmp(last, key) >= 0)
			return ERR_DAMAGED;
		last = key;
	}
	return rd_end(&r) ? ERR_OK : ERR_DAMAGED;
}

/* --- commits --- */

static bool commit_ok(const struct commit *c)
{
	return c->n >= 1 && c->epoch >= 1 && c->parts >= 1 && c->parts <= PARTS_MAX && c->part < c->parts &&
	       c->norphans <= PARENTS_MAX;
}

static uint8_t commit_flags(const struct commit *c)
{
	unsigned f = zero(c->manifest, HASH_LEN) ? 0 : HAS_MANIFEST;
	return (uint8_t)(f | (c->new_epoch.len ? HAS_EPOCH : 0));
}

static void put_last(const struct commit *c, struct buf *out)
{
	uint8_t flags = commit_flags(c);
	buf_u8(out, flags);
	buf_put(out, c->parent, HASH_LEN);
	buf_u64(out, c->height);
	buf_u64(out, (uint64_t)c->time);
	buf_put(out, c->digest, HASH_LEN);
	buf_u32(out, c->norphans);
	buf_put(out, c->orphans, (size_t)c->norphans * HASH_LEN);
	buf_put(out, c->part_hashes, (size_t)(c->parts - 1) * HASH_LEN);
	if (flags & HAS_MANIFEST) {
		buf_put(out, c->manifest, HASH_LEN);
		buf_put(out, c->manifest_id, ID_LEN);
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
	buf_put(out, c->stream, ID_LEN);
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
	rd_copy(r, c->parent, HASH_LEN);
	c->height = rd_u64(r);
	c->time = (int64_t)rd_u64(r);
	rd_copy(r, c->digest, HASH_LEN);
	c->norphans = rd_u32(r);
	if (c->norphans > PARENTS_MAX)
		return false;
	c->orphans = rd_bytes(r, (size_t)c->norphans * HASH_LEN);
	c->part_hashes = rd_bytes(r, (size_t)(c->parts - 1) * HASH_LEN);
	if (flags & HAS_MANIFEST) {
		rd_copy(r, c->manifest, HASH_LEN);
		rd_copy(r, c->manifest_id, ID_LEN);
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
	rd_copy(&r, c.stream, ID_LEN);
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

/* --- what starts an epoch --- */

err_t epoch_start_encode(const struct epoch_start *s, struct buf *out)
{
	if (s->nboxes < 1 || s->nboxes > EPOCH_BOXES_MAX)
		return ERR_INVAL;
	buf_u8(out, COMMIT_VERSION);
	buf_put(out, s->cause, HASH_LEN);
	buf_put(out, s->boxes, s->nboxes * EPOCH_BOX_LEN);
	return buf_ok(out);
}

err_t epoch_start_decode(struct span bytes, struct epoch_start *ret)
{
	struct rd r = RD(bytes);
	struct epoch_start s = { 0 };
	uint8_t version = rd_u8(&r);
	if (version > COMMIT_VERSION)
		return ERR_VERSION;
	rd_copy(&r, s.cause, HASH_LEN);
	s.nboxes = r.left / EPOCH_BOX_LEN;
	if (r.bad || version == 0 || r.left % EPOCH_BOX_LEN || s.nboxes < 1 || s.nboxes > EPOCH_BOXES_MAX)
		return ERR_DAMAGED;
	s.boxes = r.p;
	*ret = s;
	return ERR_OK;
}

bool epoch_start_box(const struct epoch_start *s, const uint8_t recipient[ID_LEN], struct span *ret)
{
	for (size_t i = 0; i < s->nboxes; i++) {
		const uint8_t *b = s->boxes + i * EPOCH_BOX_LEN;
		if (memcmp(b, recipient, ID_LEN) == 0) {
			*ret = SPAN(b + ID_LEN, EPOCH_BOX_LEN - ID_LEN);
			return true;
		}
	}
	return false;
}
