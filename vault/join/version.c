/* SPDX-License-Identifier: MIT */
#include "vault/join/version.h"

#include "util/cleanup.h"
#include "vault/join/varint.h"

enum { VERSION_ROOT = 1, VERSION_VIA, VERSION_GONE, VERSION_CONTENTS };

err_t version_list(struct nodes list, struct nodes *ret)
{
	const struct node *g = group_find(list, GROUP_VERSIONS);
	if (g && g->class != GROUP_VERSION)
		return ERR_DAMAGED;
	*ret = g ? group_inside(g) : (struct nodes){ 0 };
	return ERR_OK;
}

bool version_gone(const struct node *key)
{
	return group_find(group_inside(key), VERSION_GONE);
}

struct version_id version_id_of(const struct node *key)
{
	return (struct version_id){ key->stamp, id_from(key->bytes.p) };
}

struct version_id version_root(const struct node *key)
{
	const struct node *g = group_find(group_inside(key), VERSION_ROOT);
	struct version_id id = { 0 };
	if (g)
		id = (struct version_id){ g->stamp,
			                  g->bytes.len >= ID_LEN ? id_from(g->bytes.p) : version_id_of(key).tag };
	return id;
}

static bool contents_ok(const struct version_rec *v)
{
	switch (v->contents) {
	case CONTENTS_NONE:
		return v->size == 0 && v->payload.len == 0;
	case CONTENTS_INLINE:
		return v->size && v->size <= VERSION_INLINE_MAX && v->payload.len == v->size;
	case CONTENTS_BLOCK:
		return v->size && v->size <= VERSION_BLOCK_MAX && v->payload.len == VERSION_PAYLOAD;
	case CONTENTS_ID:
		return v->size && v->size <= VERSION_SIZE_MAX && v->payload.len == VERSION_PAYLOAD;
	default:
		return false;
	}
}

/* value_at: of the zero stamp if `zero`. False: there, and something else. */
static bool value_at(struct nodes list, uint16_t number, bool zero, const struct node **ret)
{
	const struct node *g = *ret = group_find(list, number);
	return !g || (g->class == GROUP_VALUE && !(zero && stamp_cmp(g->stamp, STAMP_ZERO)));
}

static bool get_root(const struct node *g, struct version_rec *v)
{
	struct rd r = RD(g->bytes);
	v->root = v->id;
	v->root_time = v->time;
	if (g->bytes.len == 0)
		return stamp_cmp(g->stamp, v->id.stamp) == 0;
	v->root = (struct version_id){ g->stamp, rd_id(&r) };
	v->root_time = (int64_t)rd_u64(&r);
	return rd_end(&r) && version_id_cmp(v->root, v->id);
}

static bool get_via(const struct node *g, struct version_rec *v)
{
	struct rd r = RD(g->bytes);
	v->via = rd_u64be(&r);
	return rd_end(&r) && v->via != LID_FIRST;
}

static bool get_contents(const struct node *g, struct version_rec *v)
{
	struct rd r = RD(g->bytes);
	v->contents = (enum contents)rd_u8(&r);
	v->size = varint_get(&r);
	v->time = (int64_t)rd_u64(&r);
	buf_put(&v->payload, r.p, r.left);
	return !r.bad && (v->payload.failed || contents_ok(v));
}

static bool read_groups(struct nodes list, bool part, struct version_rec *v)
{
	const struct node *root, *via, *gone, *contents;
	bool fine = value_at(list, VERSION_ROOT, false, &root) && value_at(list, VERSION_VIA, true, &via) &&
	            value_at(list, VERSION_GONE, true, &gone);
	if (!fine || !value_at(list, VERSION_CONTENTS, true, &contents))
		return false;
	v->gone = gone;
	v->mark = gone && !root && !via && !contents;
	v->root = v->id;
	if ((gone && gone->bytes.len) || !(part || v->mark || (root && contents)))
		return false;
	if (contents && !get_contents(contents, v))
		return false;
	return (!root || get_root(root, v)) && (!via || get_via(via, v));
}

err_t version_read(const struct node *key, uint64_t ino, bool part, struct version_rec *ret)
{
	cleanup(version_rec_free) struct version_rec v = { .ino = ino, .id = version_id_of(key) };
	if (!read_groups(group_inside(key), part, &v))
		return ERR_DAMAGED;
	if (v.payload.failed)
		return ERR_NOMEM;
	*ret = v;
	v = (struct version_rec){ 0 };
	return ERR_OK;
}

static void put_root(struct record *r, const struct version_rec *v)
{
	cleanup(buf_wipe_free) struct buf out = BUF_INIT;
	if (version_id_cmp(v->root, v->id)) {
		buf_id(&out, v->root.tag);
		buf_u64(&out, (uint64_t)v->root_time);
	}
	r->failed |= out.failed;
	group_value(r, VERSION_ROOT, v->root.stamp, buf_span(&out));
}

static void put_via(struct record *r, const struct version_rec *v)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	buf_u64be(&out, v->via);
	r->failed |= out.failed;
	group_value(r, VERSION_VIA, STAMP_ZERO, buf_span(&out));
}

static void put_contents(struct record *r, const struct version_rec *v)
{
	cleanup(buf_wipe_free) struct buf out = BUF_INIT;
	buf_u8(&out, (uint8_t)v->contents);
	varint_put(&out, v->size);
	buf_u64(&out, (uint64_t)v->time);
	buf_put(&out, v->payload.p, v->payload.len);
	r->failed |= out.failed;
	group_value(r, VERSION_CONTENTS, STAMP_ZERO, buf_span(&out));
}

void version_write(struct record *r, const struct version_rec *v)
{
	size_t map = group_open(r, GROUP_VERSIONS, GROUP_VERSION, STAMP_ZERO);
	size_t key = group_key(r, v->id.stamp, id_span(&v->id.tag));
	if (!v->mark)
		put_root(r, v);
	if (!v->mark && v->via != LID_FIRST)
		put_via(r, v);
	if (v->gone)
		group_value(r, VERSION_GONE, STAMP_ZERO, SPAN(NULL, 0));
	if (!v->mark)
		put_contents(r, v);
	group_close(r, key);
	group_close(r, map);
}

void version_rec_free(struct version_rec *v)
{
	buf_wipe_free(&v->payload);
	*v = (struct version_rec){ 0 };
}

err_t version_rec_copy(const struct version_rec *v, struct version_rec *ret)
{
	cleanup(version_rec_free) struct version_rec c = *v;
	c.payload = BUF_INIT;
	buf_put(&c.payload, v->payload.p, v->payload.len);
	if (c.payload.failed)
		return ERR_NOMEM;
	*ret = c;
	c = (struct version_rec){ 0 };
	return ERR_OK;
}
