/* SPDX-License-Identifier: MIT */
#include "vault/changeset/turn_back.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/apply.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"

#include <stdlib.h>

/* What the closed set says something of: numbers of inodes, or contents. */
struct listed {
	uint64_t *inos;
	size_t inos_n, inos_cap;
	struct id *contents;
	size_t contents_n, contents_cap;
};

static void listed_free(struct listed *l)
{
	free(l->inos);
	free(l->contents);
}

static err_t list_visit(void *ctx, struct span key, struct span value)
{
	struct listed *l = ctx;
	struct shared_name file;
	struct vault_name other;
	(void)value;
	if (shared_key_parse(key, &file) == ERR_OK) {
		if (!vec_room(l->inos, l->inos_n, 1, &l->inos_cap))
			return ERR_NOMEM;
		l->inos[l->inos_n++] = file.ino;
	} else if (vault_key_parse(key, &other) == ERR_OK && other.kind == SHARED_CONTENT) {
		if (!vec_room(l->contents, l->contents_n, 1, &l->contents_cap))
			return ERR_NOMEM;
		l->contents[l->contents_n++] = other.id;
	}
	return ERR_OK;
}

static int order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static err_t list(const struct changeset *c, struct listed *l)
{
	const struct view *closed = &c->closed->view;
	err_t e = closed->scan(closed->ctx, SPAN(NULL, 0), SPAN(NULL, 0), list_visit, l);
	if (!e && l->inos_n)
		qsort(l->inos, l->inos_n, sizeof(*l->inos), order);
	return e;
}

/* -- a part -------------------------------------------------------------------------------------------------------- */

struct part {
	struct changeset *c;
	struct records said; /* what goes back */
	size_t bytes;
};

static void part_free(struct part *p)
{
	records_free(&p->said);
}

/* into_open: what becomes of the open set. */
static err_t into_open(const struct part *p, struct batch *b, struct said_change *ret)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	struct said *open = p->c->open;
	err_t e = join_apply(&open->view, &p->said, &changes);
	for (size_t i = 0; !e && i < changes.n; i++) {
		cleanup(buf_wipe_free) struct buf was = BUF_INIT;
		const struct records_entry *x = changes.v[i];
		struct span key = records_key(x), now = x->gone ? SPAN(NULL, 0) : buf_span(&x->value);
		e = open->view.get(open->view.ctx, key, &was);
		if (e && e != ERR_NOTFOUND)
			return e;
		said_change_add(ret, said_change_of(key, e ? SPAN(NULL, 0) : buf_span(&was), now));
		said_note(open, key);
		e = x->gone ? said_del(open, b, key) : said_put(open, b, key, now);
	}
	return e;
}

/* go_back: everybody is stopped. */
static err_t go_back(void *ctx)
{
	const struct part *p = ctx;
	cleanup(batch_freep) struct batch *b = batch_new();
	struct said_change more = { 0 }, less = { 0 };
	err_t e = b ? into_open(p, b, &more) : ERR_NOMEM;
	for (size_t i = 0; !e && i < p->said.n; i++) {
		const struct records_entry *x = p->said.v[i];
		said_change_add(&less, said_change_of(records_key(x), buf_span(&x->value), SPAN(NULL, 0)));
		e = said_del(p->c->closed, b, records_key(x));
	}
	if (e)
		return e;
	batch_use(b, MAP_CLAIMED); /* it is here already */
	e = map_apply(p->c->map, b);
	if (e)
		return e;
	said_changed(p->c->open, more);
	said_changed(p->c->closed, less);
	return ERR_OK;
}

static err_t part_end(struct part *p)
{
	err_t e = p->said.n ? map_stopped(p->c->map, go_back, p) : ERR_OK;
	records_free(&p->said);
	p->said = RECORDS_INIT;
	p->bytes = 0;
	return e;
}

/* -- which --------------------------------------------------------------------------------------------------------- */

/* fits: when the part at hand has gone. */
static bool fits(const struct part *p, const struct said_size *most)
{
	struct said_size is = said_size(p->c->closed);
	return is.keys <= most->keys + p->said.n && is.bytes <= most->bytes + p->bytes;
}

static err_t inode_back(struct part *p, uint64_t ino)
{
	cleanup(records_free) struct records one = RECORDS_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	err_t e = said_of(p->c->closed, shared_key_span(&key), &one);
	if (!e)
		e = records_add_all(&p->said, &one);
	for (size_t i = 0; !e && i < one.n; i++)
		p->bytes += one.v[i]->len + one.v[i]->value.len;
	return e || p->bytes < TURN_BACK_PART ? e : part_end(p);
}

static err_t inodes_back(struct part *p, const struct listed *l, const struct said_size *most)
{
	err_t e = ERR_OK;
	for (size_t i = l->inos_n; !e && i > 0 && !fits(p, most); i--)
		if (i == l->inos_n || l->inos[i] != l->inos[i - 1])
			e = inode_back(p, l->inos[i - 1]);
	return e ? e : part_end(p);
}

static err_t keep_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* content_back: whole, at once. */
static err_t content_back(struct part *p, struct id content)
{
	const struct view *closed = &p->c->closed->view;
	struct vault_name name = { .kind = SHARED_CONTENT, .id = content };
	struct vault_key key = vault_key_of(&name);
	err_t e = closed->scan(closed->ctx, vault_key_span(&key), SPAN(NULL, 0), keep_visit, &p->said);
	key.b[0] = SHARED_EXTENTS; /* of all windows: they begin as the key of the content */
	if (!e)
		e = closed->scan(closed->ctx, vault_key_span(&key), SPAN(NULL, 0), keep_visit, &p->said);
	return e ? e : part_end(p);
}

static err_t contents_back(struct part *p, const struct listed *l, const struct turn_back *t)
{
	const struct said_size alone = { .keys = t->most.keys, .bytes = t->content_bytes };
	err_t e = ERR_OK;
	for (size_t i = l->contents_n; !e && i > 0 && !fits(p, i > 1 ? &t->most : &alone); i--)
		e = content_back(p, l->contents[i - 1]);
	return e;
}

err_t changeset_turn_back(struct changeset *c, const struct turn_back *t, bool *ret_any)
{
	cleanup(part_free) struct part p = { .c = c, .said = RECORDS_INIT };
	cleanup(listed_free) struct listed l = { 0 };
	*ret_any = !fits(&p, &t->most);
	if (!*ret_any)
		return ERR_OK;
	err_t e = list(c, &l);
	if (!e)
		e = inodes_back(&p, &l, &t->most);
	return e ? e : contents_back(&p, &l, t);
}

/* others_back: keys of no inode, and of no contents. */
static err_t others_back(struct part *p)
{
	const struct view *closed = &p->c->closed->view;
	err_t e = closed->scan(closed->ctx, SPAN(NULL, 0), SPAN(NULL, 0), keep_visit, &p->said);
	return e ? e : part_end(p);
}

err_t changeset_turn_back_all(struct changeset *c)
{
	const struct turn_back nothing = { .content_bytes = 0 };
	bool any;
	err_t e = changeset_turn_back(c, &nothing, &any);
	if (!e && any) {
		cleanup(part_free) struct part p = { .c = c, .said = RECORDS_INIT };
		e = others_back(&p);
	}
	if (!e)
		said_none(c->closed);
	return e;
}
