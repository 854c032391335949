/* SPDX-License-Identifier: MIT */
#include "vault/join/place.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"
#include "vault/join/version_set.h"

#include <string.h>

enum { PLACE_WHERE = 1, PLACE_REMOVED, PLACE_SEEN, PLACE_WRITTEN, PLACE_REPLACED, PLACE_GROUPS = 0x3e };
enum { REPLACED_SEEN = 1 };
enum { HAS_SEAT = 1, HAS_BACK = 2, HAS_HALF = 4 };

bool place_name_ok(const struct name *n)
{
	bool dots = (n->len == 1 && n->b[0] == '.') || (n->len == 2 && n->b[0] == '.' && n->b[1] == '.');
	return n->len && !dots && !memchr(n->b, '/', n->len) && !memchr(n->b, 0, n->len);
}

/* -- where ------------------------------------------------------------------------------------------------------- */

/* get_spot: `s` is all zero. */
static void get_spot(struct rd *r, struct spot *s)
{
	s->dir = rd_u64(r);
	s->name.len = rd_u8(r);
	rd_copy(r, s->name.b, s->name.len);
	if (s->dir == 0 || !place_name_ok(&s->name))
		r->bad = true;
}

static void put_spot(struct buf *out, const struct spot *s)
{
	buf_u64(out, s->dir);
	buf_u8(out, s->name.len);
	buf_put(out, s->name.b, s->name.len);
}

static struct seat get_seat(struct rd *r)
{
	struct seat s = { .stamp = stamp_get(r) };
	uint64_t n = varint_get(r);
	if (n > UINT32_MAX)
		r->bad = true;
	s.handed_on = (uint32_t)n;
	return s;
}

static void put_seat(struct buf *out, const struct seat *s)
{
	stamp_put(out, s->stamp);
	varint_put(out, s->handed_on);
}

/* get_half: `h` is all zero. */
static void get_half(struct rd *r, struct half *h)
{
	h->with.ino = rd_u64(r);
	h->with.lid = rd_u64(r);
	h->with.life = stamp_get(r);
	get_spot(r, &h->before);
	h->seat = get_seat(r);
	if (h->with.ino == 0)
		r->bad = true;
}

static void put_half(struct buf *out, const struct half *h)
{
	buf_u64(out, h->with.ino);
	buf_u64(out, h->with.lid);
	stamp_put(out, h->with.life);
	put_spot(out, &h->before);
	put_seat(out, &h->seat);
}

/* has_seat: whether it is another than that of whoever came at `w->stamp`. */
static bool has_seat(const struct where *w)
{
	return w->seat.handed_on || stamp_cmp(w->seat.stamp, w->stamp);
}

static uint8_t flags_of(const struct where *w)
{
	return (uint8_t)((has_seat(w) ? HAS_SEAT : 0) | (w->has_back ? HAS_BACK : 0) | (w->has_half ? HAS_HALF : 0));
}

/* get_where: `w` is all zero. */
static bool get_where(const struct group_node *g, struct where *w)
{
	struct rd r = RD(g->bytes);
	uint8_t flags = rd_u8(&r);
	w->stamp = g->stamp;
	get_spot(&r, &w->at);
	w->seat = flags & HAS_SEAT ? get_seat(&r) : (struct seat){ .stamp = w->stamp };
	w->has_back = flags & HAS_BACK;
	if (w->has_back)
		get_spot(&r, &w->back);
	w->has_half = flags & HAS_HALF;
	if (w->has_half)
		get_half(&r, &w->half);
	return g->class == GROUP_VALUE && rd_end(&r) && flags == flags_of(w);
}

static void put_where(struct record *r, const struct where *w)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	buf_u8(&out, flags_of(w));
	put_spot(&out, &w->at);
	if (has_seat(w))
		put_seat(&out, &w->seat);
	if (w->has_back)
		put_spot(&out, &w->back);
	if (w->has_half)
		put_half(&out, &w->half);
	r->failed |= out.failed;
	group_value(r, PLACE_WHERE, w->stamp, buf_span(&out));
}

/* -- removals ---------------------------------------------------------------------------------------------------- */

/* get_mark: of a VALUE without bytes. */
static bool get_mark(struct nodes list, uint16_t number, struct stamp *stamp, bool *odd)
{
	const struct group_node *g = group_find(list, number);
	bool fine = g && g->class == GROUP_VALUE && g->bytes.len == 0;
	*odd |= g && !fine;
	if (fine)
		*stamp = g->stamp;
	return fine;
}

static err_t get_removed(struct nodes list, struct link_rec *l, bool *odd)
{
	struct removal r = { 0 };
	bool removed = get_mark(list, PLACE_REMOVED, &r.stamp, odd);
	bool written = get_mark(list, PLACE_WRITTEN, &r.written, odd);
	err_t e = version_set_read(list, PLACE_SEEN, &r.seen, odd);
	l->is_removed = removed && written;
	if (l->is_removed)
		l->removed = r;
	else
		version_set_free(&r.seen);
	return e;
}

static bool get_by(const struct group_node *k, struct partner *by)
{
	struct rd r = RD(k->bytes);
	by->life = k->stamp;
	by->ino = rd_u64be(&r);
	by->lid = rd_u64be(&r);
	return rd_end(&r) && by->ino && group_only(group_inside(k), 1 << REPLACED_SEEN);
}

static err_t get_replaced(struct nodes list, struct link_rec *l, bool *odd)
{
	const struct group_node *g = group_find(list, PLACE_REPLACED);
	struct nodes keys = g && g->class == GROUP_MAP ? group_inside(g) : (struct nodes){ 0 };
	*odd |= g && g->class != GROUP_MAP;
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size) {
		struct partner by;
		if (!get_by(k, &by)) {
			*odd = true;
			continue;
		}
		if (!vec_room(l->replaced, l->replaced_n, 1, &l->replaced_cap))
			return ERR_NOMEM;
		struct replacement *p = &l->replaced[l->replaced_n++];
		*p = (struct replacement){ .by = by };
		err_t e = version_set_read(group_inside(k), REPLACED_SEEN, &p->seen, odd);
		if (e)
			return e;
	}
	return ERR_OK;
}

static void put_replaced(struct record *r, const struct link_rec *l)
{
	if (l->replaced_n == 0)
		return;
	size_t map = group_open(r, PLACE_REPLACED, GROUP_MAP, STAMP_ZERO);
	for (size_t i = 0; i < l->replaced_n; i++) {
		cleanup(buf_free) struct buf by = BUF_INIT;
		buf_u64be(&by, l->replaced[i].by.ino);
		buf_u64be(&by, l->replaced[i].by.lid);
		r->failed |= by.failed;
		size_t key = group_key(r, l->replaced[i].by.life, buf_span(&by));
		version_set_write(r, REPLACED_SEEN, &l->replaced[i].seen);
		group_close(r, key);
	}
	group_close(r, map);
}

/* -- all of it --------------------------------------------------------------------------------------------------- */

static err_t read_place(struct nodes list, struct link_rec *l, bool *odd)
{
	const struct group_node *g = group_find(list, PLACE_WHERE);
	if (g && !get_where(g, &l->where)) {
		l->where = (struct where){ 0 };
		*odd = true;
	}
	*odd |= !group_only(list, PLACE_GROUPS);
	err_t e = get_removed(list, l, odd);
	return e ? e : get_replaced(list, l, odd);
}

err_t place_read(struct nodes list, struct link_rec *ret, bool *odd)
{
	const struct group_node *g = group_find(list, GROUP_PLACE);
	if (!g || g->class != GROUP_SCOPED) {
		*odd |= g != NULL;
		return ERR_NOTFOUND;
	}
	struct link_rec l = { .ino = ret->ino, .lid = ret->lid, .life = g->stamp };
	err_t e = read_place(group_inside(g), &l, odd);
	if (e)
		link_rec_free(&l);
	else
		*ret = l;
	return e;
}

void place_write(struct record *r, const struct link_rec *l)
{
	size_t place = group_open(r, GROUP_PLACE, GROUP_SCOPED, l->life);
	if (l->where.at.dir)
		put_where(r, &l->where);
	if (l->is_removed) {
		group_value(r, PLACE_REMOVED, l->removed.stamp, SPAN(NULL, 0));
		version_set_write(r, PLACE_SEEN, &l->removed.seen);
		group_value(r, PLACE_WRITTEN, l->removed.written, SPAN(NULL, 0));
	}
	put_replaced(r, l);
	group_close(r, place);
}

void link_rec_free(struct link_rec *l)
{
	version_set_free(&l->removed.seen);
	for (size_t i = 0; i < l->replaced_n; i++)
		version_set_free(&l->replaced[i].seen);
	free(l->replaced);
	*l = (struct link_rec){ 0 };
}

static bool copy_sets(const struct link_rec *l, struct link_rec *c)
{
	if (!version_set_unite(&c->removed.seen, &l->removed.seen) ||
	    !vec_room(c->replaced, 0, l->replaced_n, &c->replaced_cap))
		return false;
	for (size_t i = 0; i < l->replaced_n; i++) {
		c->replaced[c->replaced_n++] = (struct replacement){ .by = l->replaced[i].by };
		if (!version_set_unite(&c->replaced[i].seen, &l->replaced[i].seen))
			return false;
	}
	return true;
}

err_t link_rec_copy(const struct link_rec *l, struct link_rec *ret)
{
	cleanup(link_rec_free) struct link_rec c = *l;
	c.removed.seen = (struct version_set){ 0 };
	c.replaced = NULL;
	c.replaced_n = c.replaced_cap = 0;
	if (!copy_sets(l, &c))
		return ERR_NOMEM;
	*ret = c;
	c = (struct link_rec){ 0 };
	return ERR_OK;
}
