/* SPDX-License-Identifier: MIT */
#include "vault/join/version.h"

#include "util/cleanup.h"
#include "vault/join/varint.h"

enum { VERSION_ROOT = 1, VERSION_VIA, VERSION_GONE, VERSION_CONTENTS, VERSION_GROUPS = 0x1e };

struct nodes version_list(struct nodes list)
{
	const struct group_node *g = group_find(list, GROUP_VERSIONS);
	return g && g->class == GROUP_VERSION ? group_inside(g) : (struct nodes){ 0 };
}

const struct group_node *version_find(struct nodes list, struct version_id id)
{
	struct nodes keys = version_list(list);
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size)
		if (version_id_cmp(version_id_of(k), id) == 0)
			return k;
	return NULL;
}

bool version_gone(const struct group_node *key)
{
	return group_find(group_inside(key), VERSION_GONE);
}

struct version_id version_id_of(const struct group_node *key)
{
	return (struct version_id){ key->stamp, id_from(key->bytes.p) };
}

struct version_id version_root(const struct group_node *key)
{
	const struct group_node *g = group_find(group_inside(key), VERSION_ROOT);
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

/* value_at: NULL: not there, or not a VALUE, or `zero` and not under the zero stamp, which is odd. */
static const struct group_node *value_at(struct nodes list, uint16_t number, bool zero, bool *odd)
{
	const struct group_node *g = group_find(list, number);
	bool fine = g && g->class == GROUP_VALUE && !(zero && stamp_cmp(g->stamp, STAMP_ZERO));
	*odd |= g && !fine;
	return fine ? g : NULL;
}

static bool get_root(const struct group_node *g, struct version_rec *v)
{
	if (g->bytes.len == 0)
		return stamp_cmp(g->stamp, v->id.stamp) == 0;
	struct rd r = RD(g->bytes);
	struct version_id root = { g->stamp, rd_id(&r) };
	int64_t time = (int64_t)rd_u64(&r);
	if (!rd_end(&r) || version_id_cmp(root, v->id) == 0)
		return false;
	v->root = root;
	v->root_time = time;
	return true;
}

static bool get_via(const struct group_node *g, struct version_rec *v)
{
	struct rd r = RD(g->bytes);
	uint64_t via = rd_u64be(&r);
	if (!rd_end(&r) || via == LID_FIRST)
		return false;
	v->via = via;
	return true;
}

static bool get_contents(const struct group_node *g, struct version_rec *v)
{
	struct rd r = RD(g->bytes);
	struct version_rec c = { .contents = (enum contents)rd_u8(&r) };
	c.size = varint_get(&r);
	c.time = (int64_t)rd_u64(&r);
	c.payload.len = r.left;
	if (r.bad || !contents_ok(&c))
		return false;
	v->contents = c.contents;
	v->size = c.size;
	v->time = c.time;
	buf_put(&v->payload, r.p, r.left);
	return true;
}

/* read_groups: whether contents are there. */
static bool read_groups(struct nodes list, struct version_rec *v, bool *odd)
{
	const struct group_node *root = value_at(list, VERSION_ROOT, false, odd),
	                        *via = value_at(list, VERSION_VIA, true, odd);
	const struct group_node *gone = value_at(list, VERSION_GONE, true, odd);
	const struct group_node *contents = value_at(list, VERSION_CONTENTS, true, odd);
	bool told = contents && get_contents(contents, v), rooted, written;
	v->root_time = v->time;
	rooted = root && get_root(root, v);
	written = via && get_via(via, v);
	*odd |= told != !!contents || rooted != !!root || written != !!via || (gone && gone->bytes.len);
	*odd |= !group_only(list, VERSION_GROUPS);
	v->gone = group_find(list, VERSION_GONE); /* as version_gone says */
	v->mark = v->gone && !rooted && !written && !told;
	return told;
}

err_t version_read(const struct group_node *key, uint64_t ino, struct version_rec *ret, bool *odd)
{
	cleanup(version_rec_free) struct version_rec v = { .ino = ino, .id = version_id_of(key) };
	v.root = v.id;
	bool told = read_groups(group_inside(key), &v, odd);
	if (v.payload.failed)
		return ERR_NOMEM;
	if (!told && !v.gone)
		return ERR_NOTFOUND;
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
