/* SPDX-License-Identifier: MIT */
#include "vault/objects/commit.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/epoch.h"
#include "vault/join/varint.h"
#include "vault/objects/pack.h"

#define COMMIT_VERSION 2

void commit_free(struct commit *c)
{
	vv_free(&c->vv);
	free(c->purge.v);
	extensions_free(&c->extensions);
	*c = (struct commit){ 0 };
}

/* -- what encoder and decoder want ----------------------------------------------------------------------------------
 */

static bool part_ok(const struct commit *c)
{
	return c->stream && c->n && c->part < c->parts && c->parts <= COMMIT_PARTS_MAX;
}

static bool purge_ok(const struct key_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!pack_key_ok(l->v[i]) || (i && span_cmp(l->v[i - 1], l->v[i]) >= 0))
			return false;
	return true;
}

static bool epoch_ok(const struct commit *c)
{
	uint32_t number;
	if (c->start.len == 0 && c->recipients.len == 0)
		return true;
	return epoch_start_ok(c->start, &number) && epoch_recipients_ok(c->recipients);
}

static bool last_ok(const struct commit *c)
{
	return (c->n == 1) == hash_is_zero(c->previous) && vv_of(&c->vv, c->stream).n == 0 && epoch_ok(c) &&
	       purge_ok(&c->purge);
}

static bool pack_ok(const struct commit *c, err_t *ret)
{
	*ret = pack_read(c->pack, NULL, NULL);
	return *ret == ERR_OK;
}

/* -- encoding -------------------------------------------------------------------------------------------------------
 */

static void put_purge(const struct key_list *l, struct buf *out)
{
	varint_put(out, l->n);
	for (size_t i = 0; i < l->n; i++)
		blob_put(out, l->v[i]);
}

static void put_checkpoint(const struct commit *c, struct buf *out)
{
	varint_put(out, c->has_checkpoint);
	if (!c->has_checkpoint)
		return;
	buf_id(out, c->manifest);
	buf_hash(out, c->manifest_hash);
}

static err_t put_last(const struct commit *c, struct buf *out)
{
	buf_hash(out, c->previous);
	buf_u64(out, (uint64_t)c->time);
	varint_put(out, c->lamport);
	buf_id(out, c->nonce);
	varint_put(out, c->rules);
	err_t e = vv_put(out, &c->vv);
	if (e)
		return e;
	buf_hash(out, c->digest);
	buf_hash(out, c->tree);
	put_checkpoint(c, out);
	blob_put(out, c->start);
	blob_put(out, c->recipients);
	put_purge(&c->purge, out);
	buf_put(out, c->part_hashes, (size_t)(c->parts - 1) * HASH_LEN);
	return extensions_put(out, &c->extensions);
}

static err_t encode(const struct commit *c, struct buf *out)
{
	err_t e;
	if (!part_ok(c) || (commit_is_last(c) && !last_ok(c)))
		return ERR_INVAL;
	if (!pack_ok(c, &e))
		return e == ERR_DAMAGED ? ERR_INVAL : e;
	size_t start = out->len;
	buf_u8(out, COMMIT_VERSION);
	buf_u64(out, c->stream);
	varint_put(out, c->n);
	varint_put(out, c->part);
	varint_put(out, c->parts);
	e = commit_is_last(c) ? put_last(c, out) : ERR_OK;
	if (e)
		return e;
	buf_put(out, c->pack.p, c->pack.len);
	return out->len - start > COMMIT_MAX ? ERR_LIMIT : buf_ok(out);
}

err_t commit_encode(const struct commit *c, struct buf *out)
{
	size_t before = out->len;
	err_t e = encode(c, out);
	if (e)
		out->len = before;
	return e;
}

/* -- decoding -------------------------------------------------------------------------------------------------------
 */

static err_t get_purge(struct rd *r, struct key_list *l)
{
	uint64_t n = varint_get(r);
	if (r->bad || n > r->left / 2)
		return ERR_DAMAGED;
	for (; l->n < n && !r->bad; l->n++) {
		if (!vec_room(l->v, l->n, 1, &l->cap))
			return ERR_NOMEM;
		l->v[l->n] = blob_get(r);
	}
	return r->bad ? ERR_DAMAGED : ERR_OK;
}

static void get_checkpoint(struct rd *r, struct commit *c)
{
	uint64_t n = varint_get(r);
	c->has_checkpoint = n == 1;
	if (n > 1)
		r->bad = true;
	if (!c->has_checkpoint)
		return;
	c->manifest = rd_id(r);
	c->manifest_hash = rd_hash(r);
}

static err_t get_last(struct rd *r, struct commit *c)
{
	c->previous = rd_hash(r);
	c->time = (int64_t)rd_u64(r);
	c->lamport = varint_get(r);
	c->nonce = rd_id(r);
	c->rules = varint_get(r);
	err_t e = vv_get(r, &c->vv);
	if (e)
		return e;
	c->digest = rd_hash(r);
	c->tree = rd_hash(r);
	get_checkpoint(r, c);
	c->start = blob_get(r);
	c->recipients = blob_get(r);
	e = get_purge(r, &c->purge);
	if (e)
		return e;
	c->part_hashes = rd_bytes(r, (size_t)(c->parts - 1) * HASH_LEN);
	e = extensions_get(r, &c->extensions);
	return e || last_ok(c) ? e : ERR_DAMAGED;
}

static bool get_part(struct rd *r, struct commit *c)
{
	c->stream = rd_u64(r);
	c->n = varint_get(r);
	uint64_t part = varint_get(r), parts = varint_get(r);
	if (r->bad || part >= parts || parts > COMMIT_PARTS_MAX)
		return false;
	c->part = (uint32_t)part;
	c->parts = (uint32_t)parts;
	return part_ok(c);
}

err_t commit_decode(struct span plain, struct commit *ret)
{
	cleanup(commit_free) struct commit c = { 0 };
	struct rd r = RD(plain);
	uint8_t version = rd_u8(&r);
	if (version > COMMIT_VERSION)
		return ERR_VERSION;
	if (version < COMMIT_VERSION || plain.len > COMMIT_MAX || !get_part(&r, &c))
		return ERR_DAMAGED;
	err_t e = commit_is_last(&c) ? get_last(&r, &c) : ERR_OK;
	if (e || r.bad)
		return e ? e : ERR_DAMAGED;
	c.pack = SPAN(r.p, r.left);
	if (!pack_ok(&c, &e))
		return e;
	*ret = c;
	c = (struct commit){ 0 };
	return ERR_OK;
}
