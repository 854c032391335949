/* SPDX-License-Identifier: MIT */
#include "vault/work/listings.h"

#include "util/cleanup.h"
#include "util/invariant.h"

#include <stdlib.h>
#include <string.h>

/* -- parts --------------------------------------------------------------------------------------------------------- */

static void part_free(struct listings_part *p)
{
	if (!p)
		return;
	buf_free(&p->names);
	free(p);
}

static size_t part_bytes(const struct listings_part *p)
{
	return sizeof(*p) + p->names.cap;
}

static struct listings_part **bucket_of(struct listings *l, uint64_t dir)
{
	return &l->bucket[(dir * UINT64_C(0x9e3779b97f4a7c15)) >> 56];
}

static void drop(struct listings *l, struct listings_part *p)
{
	struct listings_part **at = bucket_of(l, p->dir);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	l->slot[p->slot] = NULL;
	l->bytes -= part_bytes(p);
	p->kept = false;
	if (!p->users)
		part_free(p);
}

/* free_slot: of which nothing was asked for since the hand came by last. */
static unsigned free_slot(struct listings *l, size_t bytes)
{
	for (;;) {
		const unsigned at = l->hand;
		struct listings_part *p = l->slot[at];
		l->hand = (at + 1) % LISTINGS_PARTS;
		if (p && p->used)
			p->used = false;
		else if (p)
			drop(l, p);
		if (!l->slot[at] && l->bytes + bytes <= LISTINGS_BYTES)
			return at;
	}
}

static struct listings_part *find(struct listings *l, struct children_from from)
{
	struct listings_part *p = *bucket_of(l, from.dir);
	while (p && (p->dir != from.dir || from.hash < p->first || from.hash > p->last))
		p = p->next;
	return p;
}

/* keep: it is the caller's as well. Another reader may have kept the same meanwhile. */
static void keep(struct listings *l, struct listings_part *p)
{
	guard(&l->lock);
	if (find(l, (struct children_from){ p->dir, p->first }))
		return;
	p->slot = free_slot(l, part_bytes(p));
	l->slot[p->slot] = p;
	l->bytes += part_bytes(p);
	struct listings_part **to = bucket_of(l, p->dir);
	p->next = *to;
	*to = p;
	p->kept = p->used = true;
}

struct listings_part *listings_take(struct listings *l, struct children_from from)
{
	guard(&l->lock);
	struct listings_part *p = find(l, from);
	if (!p)
		return NULL;
	p->users++;
	p->used = true;
	return p;
}

void listings_put(struct listings *l, struct listings_part *p)
{
	guard(&l->lock);
	if (!--p->users && !p->kept)
		part_free(p);
}

void listings_begin(struct listings *l)
{
	pthread_mutex_init(&l->lock, NULL);
}

void listings_end(struct listings *l)
{
	listings_drop(l);
	pthread_mutex_destroy(&l->lock);
}

/* -- names --------------------------------------------------------------------------------------------------------- */

struct reading {
	struct listings_part *part;
	unsigned n;
};

static err_t add_name(void *ctx, const struct child *c)
{
	struct reading *r = ctx;
	struct buf *to = &r->part->names;
	buf_u64(to, c->hash);
	buf_u64(to, c->ino);
	buf_u8(to, c->type);
	buf_u8(to, c->name.len);
	buf_put(to, c->name.b, c->name.len);
	err_t e = buf_ok(to);
	if (e || ++r->n < LISTINGS_NAMES)
		return e;
	r->part->last = c->hash; /* two names of one hash do not stand by themselves */
	return ERR_CANCELED;
}

/* shrink: to what is in it; where memory is out it stays as it is. */
static void shrink(struct buf *b)
{
	struct buf exact = BUF_INIT;
	buf_put(&exact, b->p, b->len);
	if (!buf_ok(&exact) && exact.cap < b->cap)
		buf_move(b, &exact);
	buf_free(&exact);
}

err_t listings_read(struct listings *l, const struct context *c, struct children_from from, struct listings_part **ret)
{
	struct listings_part *p = calloc(1, sizeof(*p));
	struct reading r = { p, 0 };
	bool alone = false;
	if (!p)
		return ERR_NOMEM;
	*p = (struct listings_part){ .dir = from.dir, .first = from.hash, .last = UINT64_MAX, .users = 1 };
	err_t e = children_alone(c, from, add_name, &r, &alone);
	if (e == ERR_CANCELED)
		e = ERR_OK;
	if (e || !alone) {
		part_free(p);
		p = NULL;
	} else {
		shrink(&p->names);
		keep(l, p);
	}
	if (!e)
		*ret = p;
	return e;
}

err_t listings_visit(const struct listings_part *p, uint64_t from, children_fn fn, void *ctx)
{
	struct rd r = RD(buf_span(&p->names));
	err_t e = ERR_OK;
	while (!e && r.left) {
		struct child c;
		c.hash = rd_u64(&r);
		c.ino = rd_u64(&r);
		c.type = rd_u8(&r);
		c.name.len = rd_u8(&r);
		const uint8_t *name = rd_bytes(&r, c.name.len);
		INVARIANT(!r.bad);
		if (c.hash < from)
			continue;
		memcpy(c.name.b, name, c.name.len);
		e = fn(ctx, &c);
	}
	return e;
}

/* -- changes ------------------------------------------------------------------------------------------------------- */

struct range {
	uint64_t dir, first, last; /* hashes */
};

static void drop_range(struct listings *l, const struct range *r)
{
	struct listings_part *next;
	for (struct listings_part *p = *bucket_of(l, r->dir); p; p = next) {
		next = p->next;
		if (p->dir == r->dir && p->first <= r->last && r->first <= p->last)
			drop(l, p);
	}
}

/* changed: by one record; what stands in one cluster with a name may be shown otherwise with it. */
static void changed(struct listings *l, struct span key)
{
	struct range r = { .last = UINT64_MAX };
	struct rd head = RD(key);
	const uint8_t kind = rd_u8(&head);
	if (kind != SHOWN_NAMES && kind != SHOWN_SPECIAL && kind != SHOWN_MEMBERS)
		return;
	if (shown_key_number(key, 0, &r.dir))
		return;
	if (kind != SHOWN_MEMBERS && !shown_key_number(key, 1, &r.first)) {
		r.first = shown_cluster(r.first);
		r.last = r.first | UINT32_MAX;
	}
	drop_range(l, &r);
}

void listings_changed(struct listings *l, const struct records *local)
{
	guard(&l->lock);
	for (size_t i = 0; l->bytes && i < local->n; i++)
		changed(l, records_key(local->v[i]));
}

void listings_drop(struct listings *l)
{
	guard(&l->lock);
	for (unsigned i = 0; i < LISTINGS_PARTS; i++)
		if (l->slot[i])
			drop(l, l->slot[i]);
}
