/* SPDX-License-Identifier: MIT */
#include "vault/changeset/mend.h"

#include "util/cleanup.h"
#include "util/log.h"
#include "util/vec.h"
#include "vault/changeset/changeset.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"

#include <inttypes.h>
#include <string.h>

#define CONTENTS_MAX 1024 /* so many are asked who names them */

/* Of which something is damaged, or which names one of these. */
struct content {
	struct id id;
	bool named; /* by an inode, itself or through another */
};
struct mending {
	struct mended *lost;   /* inodes that go */
	struct mended *naming; /* inodes that name a content of the list; NULL: nobody asks */
	struct content *content;
	size_t n, cap;
	struct batch *b;
	bool any;  /* in the batch */
	bool news; /* since the scan began: of the list */
};

void mended_free(struct mended *m)
{
	free(m->ino);
	*m = (struct mended){ 0 };
}

static void mending_free(struct mending *m)
{
	free(m->content);
	batch_freep(&m->b);
}

/* -- keys of a set: its kind, then the shared key ---------------------------------------------------------------- */

static struct span shared_of(struct span key)
{
	return SPAN((const uint8_t *)key.p + 1, key.len - 1);
}

/* ino_of: of INODE to XATTR, and of PLACE; 0: of another. */
static uint64_t ino_of(struct span key)
{
	struct shared_name n;
	struct vault_name v;
	if (!shared_key_parse(shared_of(key), &n))
		return n.ino;
	return !vault_key_parse(shared_of(key), &v) && v.kind == SHARED_PLACE ? v.ino : 0;
}

static bool is_place(struct span key)
{
	struct vault_name v;
	return !vault_key_parse(shared_of(key), &v) && v.kind == SHARED_PLACE;
}

/* content_of: of CONTENT and EXTENTS. */
static bool content_of(struct span key, struct id *ret)
{
	struct vault_name v;
	if (vault_key_parse(shared_of(key), &v) || (v.kind != SHARED_CONTENT && v.kind != SHARED_EXTENTS))
		return false;
	*ret = v.id;
	return true;
}

/* -- what is damaged --------------------------------------------------------------------------------------------- */

static bool has_ino(const struct mended *l, uint64_t ino)
{
	for (size_t i = 0; l && ino && i < l->n; i++)
		if (l->ino[i] == ino)
			return true;
	return false;
}

static int add_ino(struct mended *l, uint64_t ino)
{
	if (!l || has_ino(l, ino))
		return ERR_OK;
	if (!vec_room(l->ino, l->n, 1, &l->cap))
		return ERR_NOMEM;
	l->ino[l->n++] = ino;
	return ERR_OK;
}

static struct content *find_content(const struct mending *m, struct id id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id_eq(m->content[i].id, id))
			return &m->content[i];
	return NULL;
}

static int add_content(struct mending *m, struct id id)
{
	if (find_content(m, id))
		return ERR_OK;
	if (m->n == CONTENTS_MAX)
		return ERR_LIMIT;
	if (!vec_room(m->content, m->n, 1, &m->cap))
		return ERR_NOMEM;
	m->content[m->n++] = (struct content){ .id = id };
	m->news = true;
	return ERR_OK;
}

static int closed_visit(void *ctx, struct span key, struct span value)
{
	struct id id;
	(void)ctx;
	return value.p || content_of(key, &id) ? ERR_OK : ERR_DAMAGED;
}

static int damaged_visit(void *ctx, struct span key, struct span value)
{
	struct mending *m = ctx;
	struct id id;
	if (value.p || is_place(key))
		return ERR_OK;
	if (content_of(key, &id))
		return add_content(m, id);
	uint64_t ino = ino_of(key);
	return ino ? add_ino(m->lost, ino) : ERR_DAMAGED;
}

static int contents_visit(void *ctx, struct span key, struct span value)
{
	struct id id;
	return value.p || !content_of(key, &id) ? ERR_OK : add_content(ctx, id);
}

/* -- who names them ---------------------------------------------------------------------------------------------- */

static void name(struct mending *m, struct content *c)
{
	m->news |= !c->named;
	c->named = true;
}

/* by_content: one that names another of the list is in it, and names for whoever names it. */
static int by_content(struct mending *m, struct id own, struct id named)
{
	int e = add_content(m, own); /* which may move the list */
	if (!e && find_content(m, own)->named)
		name(m, find_content(m, named));
	return e;
}

/* name_visit: a record names a content if its bytes have the id, of which no two are alike: no decoding tells more, and
 * one that is only taken to be named stays. */
static int name_visit(void *ctx, struct span key, struct span value)
{
	struct mending *m = ctx;
	struct id own;
	bool content = content_of(key, &own);
	uint64_t ino = content || is_place(key) ? 0 : ino_of(key);
	int e = ERR_OK;
	if (!value.p || (!content && (!ino || has_ino(m->lost, ino))))
		return ERR_OK;
	for (size_t i = 0; !e && i < m->n; i++) {
		const struct id id = m->content[i].id;
		if ((content && id_eq(own, id)) || !memmem(value.p, value.len, id.b, sizeof(id.b)))
			continue;
		if (content) {
			e = by_content(m, own, id);
		} else {
			name(m, &m->content[i]);
			e = add_ino(m->naming, ino);
		}
	}
	return e;
}

static int drop_visit(void *ctx, struct span key, struct span value)
{
	struct mending *m = ctx;
	struct id id;
	bool goes = has_ino(m->lost, ino_of(key)) || (!value.p && is_place(key));
	const struct content *c = content_of(key, &id) ? find_content(m, id) : NULL;
	goes |= c && !c->named;
	if (goes)
		batch_del(m->b, MAP_RECORDS, key);
	m->any |= goes;
	return ERR_OK;
}

/* -- left out ---------------------------------------------------------------------------------------------------- */

static err_t scan_set(struct map *map, uint8_t kind, map_visit fn, struct mending *m)
{
	return map_scan(map, MAP_RECORDS, SPAN(&kind, 1), SPAN(NULL, 0), fn, m);
}

/* find_names: until nothing new is found: as often as contents that are told of name each other. */
static err_t find_names(struct map *map, uint8_t kind, struct mending *m)
{
	err_t e = ERR_OK;
	m->news = m->n > 0;
	while (!e && m->news) {
		m->news = false;
		e = scan_set(map, kind, name_visit, m);
	}
	return e;
}

static err_t sets_of(struct map *map, struct changeset_state *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	err_t e = map_get(map, MAP_STATE, span_str(STATE_CHANGESET), &value);
	*ret = (struct changeset_state){ .open = SAID_A };
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return changeset_state_decode(buf_span(&value), ret);
}

static err_t leave_out(struct map *map, struct mending *m)
{
	if (!m->any)
		return ERR_OK;
	batch_del(m->b, MAP_STATE, span_str(STATE_SHOWN));
	batch_use(m->b, MAP_CLAIMED); /* it makes room */
	err_t e = map_apply(map, m->b);
	for (size_t i = 0; !e && i < m->lost->n; i++)
		log_error(AREA_VAULT, "inode %" PRIu64 ": what was changed and not uploaded is damaged here: left out",
		          m->lost->ino[i]);
	return e;
}

err_t changeset_mend(struct map *map, struct mended *ret)
{
	cleanup(mending_free) struct mending m = { .lost = ret, .b = batch_new() };
	struct changeset_state s;
	if (!m.b)
		return ERR_NOMEM;
	err_t e = sets_of(map, &s);
	if (!e)
		e = scan_set(map, s.open == SAID_A ? SAID_B : SAID_A, closed_visit, &m);
	if (!e)
		e = scan_set(map, s.open, damaged_visit, &m);
	if (!e)
		e = find_names(map, s.open, &m);
	if (!e)
		e = scan_set(map, s.open, drop_visit, &m);
	return e ? e : leave_out(map, &m);
}

err_t changeset_mend_contents(struct map *map, uint8_t kind, struct mended *ret)
{
	struct mended none = { 0 };
	cleanup(mending_free) struct mending m = { .lost = &none, .naming = ret, .b = batch_new() };
	if (!m.b)
		return ERR_NOMEM;
	err_t e = scan_set(map, kind, contents_visit, &m);
	if (!e)
		e = find_names(map, kind, &m);
	if (!e)
		e = scan_set(map, kind, drop_visit, &m);
	return e ? e : leave_out(map, &m);
}
