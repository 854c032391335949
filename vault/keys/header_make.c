/* SPDX-License-Identifier: MIT */
#include "vault/keys/header_make.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/epoch.h"
#include "vault/join/group_decode.h"
#include "vault/keys/record_map.h"
#include "vault/members/signature.h"

#include <string.h>

/* What may stand in it, in the order in which places are given. */
enum choice_class { OF_GENESIS, NEWEST, SLOT, START, FOUND_SLOT, FOUND_START };
struct choice {
	enum choice_class class;
	uint32_t rank;           /* of a slot */
	struct header_item item; /* a statement or a start; of genesis' slots nothing */
	struct header_item wrap; /* of a slot, if there is one */
};
struct choices {
	const struct header_basis *b;
	const struct header *found; /* of this genesis; or NULL */
	struct choice *v;
	size_t n, cap;
	size_t starts; /* from where on they are what the map explains, ascending */
};

static void choice_free(struct choice *c)
{
	header_item_free(&c->item);
	header_item_free(&c->wrap);
}

static void choices_free(struct choices *l)
{
	for (size_t i = 0; i < l->n; i++)
		choice_free(&l->v[i]);
	free(l->v);
}

/* choices_add: takes what *c has. */
static err_t choices_add(struct choices *l, struct choice *c)
{
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	l->v[l->n++] = *c;
	*c = (struct choice){ 0 };
	return ERR_OK;
}

/* -- out of records ----------------------------------------------------------------------------------------------- */

struct want_genesis {
	struct header *h;
	struct hash hash;
};

static err_t is_genesis(void *ctx, struct span bytes)
{
	struct want_genesis *w = ctx;
	struct rd r = RD(bytes);
	struct hash h;
	err_t e = genesis_hash(rd_blob16(&r), &h);
	if (!e && !hash_eq(h, w->hash))
		e = ERR_NOTFOUND;
	return e ? e : header_set_genesis(w->h, bytes);
}

static err_t take_genesis(const struct header_basis *b, struct header *h)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = record_map_get(b->records, &(struct vault_name){ .kind = SHARED_GENESIS }, &value, &r);
	return e ? e : record_map_each(&r, 1, is_genesis, &(struct want_genesis){ h, b->genesis });
}

struct want_wrap {
	struct id slot;
	struct hash hash;
	struct header_item *ret;
};

static err_t is_wrap(void *ctx, struct span bytes)
{
	struct want_wrap *w = ctx;
	cleanup(header_item_free) struct header_item i = { 0 };
	err_t e = header_item_of(HEADER_WRAP, ID_ZERO, bytes, &i);
	if (!e && (!id_eq(i.slot, w->slot) || !hash_eq(i.hash, w->hash)))
		e = ERR_NOTFOUND;
	if (e)
		return e;
	*w->ret = i;
	i = (struct header_item){ 0 };
	return ERR_OK;
}

/* find_wrap: of a slot, the one with this hash: of its record, else of the header that was found; none: `ret` stays
 * empty. */
static err_t find_wrap(const struct choices *l, struct id slot, struct hash hash, struct header_item *ret)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	struct want_wrap w = { slot, hash, ret };
	struct vault_name n = { .kind = SHARED_SLOT, .id = slot };
	err_t e = record_map_get(l->b->records, &n, &value, &r);
	if (!e)
		e = record_map_each(&r, 2, is_wrap, &w);
	for (size_t i = 0; e == ERR_NOTFOUND && l->found && i < l->found->list[HEADER_WRAP].n; i++)
		e = is_wrap(&w, buf_span(&l->found->list[HEADER_WRAP].v[i].bytes));
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* -- slots -------------------------------------------------------------------------------------------------------- */

static err_t add_of_genesis(struct choices *l, const struct header *h)
{
	for (size_t i = 0; i < h->g.slot_n; i++) {
		cleanup(choice_free) struct choice c = { .class = OF_GENESIS };
		struct id id;
		err_t e = signer_id(l->b->vault, &h->g.slot[i].who, &id);
		if (e)
			return e;
		const struct roster_signer *x = roster_who(l->b->roster, id);
		if (x && !roster_member(x))
			continue;
		e = find_wrap(l, id, h->g.slot[i].who.wrap, &c.wrap);
		if (!e && c.wrap.bytes.len)
			e = choices_add(l, &c);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* add_slot: a SLOT statement. */
static err_t add_slot(struct choices *l, enum choice_class class, struct span bytes)
{
	cleanup(choice_free) struct choice c = { .class = class };
	struct signer_said said;
	struct signer_new who;
	err_t e = header_item_of(HEADER_SLOT, l->b->vault, bytes, &c.item);
	if (e == ERR_DAMAGED || (!e && !signer_statement(bytes, &said)))
		return ERR_OK; /* over 65,535 bytes it cannot be, so it is none */
	if (!e)
		e = signer_new_of(&said, &who);
	if (e)
		return e;
	c.rank = who.rank;
	e = find_wrap(l, c.item.slot, who.wrap, &c.wrap);
	return e ? e : choices_add(l, &c);
}

static err_t add_explained_slots(struct choices *l)
{
	const struct roster *r = l->b->roster;
	for (size_t i = 0; i < r->said_n; i++) {
		const struct roster_said *s = &r->said[i];
		if (s->s->as.kind != SIGNER_SLOT || s->about == ROSTER_NONE || !roster_counts(r, i) ||
		    !roster_member(&r->signer[s->about]) || r->signer[s->about].by_genesis)
			continue;
		err_t e = add_slot(l, SLOT, s->s->bytes);
		if (e)
			return e;
	}
	return ERR_OK;
}

static bool in_roster(const struct roster *r, struct hash said)
{
	for (size_t i = 0; i < r->said_n; i++)
		if (hash_eq(r->said[i].s->hash, said))
			return true;
	return false;
}

/* signed_wrongly: by whom the roster knows, and not so. Of whom it does not know nothing can be said. */
static err_t signed_wrongly(const struct header_basis *b, struct span bytes, bool *ret)
{
	struct signature_of of = { b->vault, b->genesis };
	struct heard s;
	err_t e = heard_read(b->vault, bytes, &s);
	const struct roster_signer *x = e ? NULL : roster_who(b->roster, s.as.signer);
	if (!e && x)
		e = signature_check(&of, &s, x->who.sign_key);
	*ret = e == ERR_DAMAGED;
	return e == ERR_DAMAGED ? ERR_OK : e;
}

static err_t add_found_slots(struct choices *l)
{
	const struct header_list *all = &l->found->list[HEADER_SLOT];
	for (size_t i = 0; i < all->n; i++) {
		const struct roster_signer *x = roster_who(l->b->roster, all->v[i].slot);
		bool wrong = (x && (x->by_genesis || !roster_member(x))) || in_roster(l->b->roster, all->v[i].hash);
		err_t e = wrong ? ERR_OK : signed_wrongly(l->b, buf_span(&all->v[i].bytes), &wrong);
		if (!e && !wrong)
			e = add_slot(l, FOUND_SLOT, buf_span(&all->v[i].bytes));
		if (e)
			return e;
	}
	return ERR_OK;
}

/* -- epochs ------------------------------------------------------------------------------------------------------- */

/* add_start: one that is too large for a header stands in none. */
static err_t add_start(struct choices *l, enum choice_class class, struct span bytes)
{
	cleanup(choice_free) struct choice c = { .class = class };
	err_t e = header_item_of(HEADER_START, l->b->vault, bytes, &c.item);
	if (e)
		return e == ERR_DAMAGED ? ERR_OK : e;
	return choices_add(l, &c);
}

/* drop_oldest: more than a header holds are not kept in memory either. */
static void drop_oldest(struct choices *l)
{
	if (l->n - l->starts <= HEADER_STARTS_MAX)
		return;
	choice_free(&l->v[l->starts]);
	l->n--;
	memmove(l->v + l->starts, l->v + l->starts + 1, (l->n - l->starts) * sizeof(*l->v));
}

static err_t see_epoch(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	(void)key;
	err_t e = record_decode(value, &r);
	if (e)
		return e == ERR_DAMAGED ? ERR_OK : e;
	const struct group_node *g = group_find(group_all(&r), 1);
	if (g && g->class == GROUP_VALUE)
		e = add_start(ctx, START, g->bytes);
	drop_oldest(ctx);
	return e;
}

static err_t add_starts(struct choices *l)
{
	static const uint8_t prefix = SHARED_EPOCH;
	const struct view *v = l->b->records;
	l->starts = l->n;
	err_t e = v->scan(v->ctx, SPAN(&prefix, 1), SPAN(NULL, 0), see_epoch, l);
	if (l->n > l->starts)
		l->v[l->n - 1].class = NEWEST;
	for (size_t i = 0; !e && l->found && i < l->found->list[HEADER_START].n; i++)
		e = add_start(l, FOUND_START, buf_span(&l->found->list[HEADER_START].v[i].bytes));
	return e;
}

/* -- places ------------------------------------------------------------------------------------------------------- */

static int choice_cmp(const void *x, const void *y)
{
	const struct choice *a = x, *b = y;
	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->class == START || a->class == FOUND_START)
		return header_cmp(HEADER_START, &b->item, &a->item); /* newest first */
	if (a->class == OF_GENESIS)
		return header_cmp(HEADER_WRAP, &a->wrap, &b->wrap);
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return header_cmp(HEADER_SLOT, &a->item, &b->item);
}

/* give_place: what does not fit, or stands there already, as what is both explained and found, stays where it is. */
static err_t give_place(struct header *h, enum header_kind kind, struct header_item *item)
{
	if (!item->bytes.len || header_size(h) + 2 + item->bytes.len > HEADER_MAX)
		return ERR_OK;
	err_t e = header_insert(h, kind, item);
	return e == ERR_LIMIT || e == ERR_EXISTS ? ERR_OK : e;
}

static err_t give_places(struct choices *l, struct header *h)
{
	err_t e = ERR_OK;
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), choice_cmp);
	for (size_t i = 0; !e && i < l->n; i++) {
		struct choice *c = &l->v[i];
		bool start = c->class == NEWEST || c->class == START || c->class == FOUND_START;
		e = give_place(h, start ? HEADER_START : HEADER_SLOT, &c->item);
		if (!e && (c->class == OF_GENESIS || !c->item.bytes.len)) /* whose statement has its place */
			e = give_place(h, HEADER_WRAP, &c->wrap);
	}
	return e;
}

err_t header_make(const struct header_basis *b, const struct header *found, struct header *ret)
{
	cleanup(header_free) struct header h = { 0 };
	cleanup(choices_free) struct choices l = { .b = b };
	if (found && hash_eq(found->genesis_hash, b->genesis))
		l.found = found;
	err_t e = take_genesis(b, &h);
	if (!e)
		e = add_of_genesis(&l, &h);
	if (!e)
		e = add_explained_slots(&l);
	if (!e && l.found)
		e = add_found_slots(&l);
	if (!e)
		e = add_starts(&l);
	if (!e)
		e = give_places(&l, &h);
	if (e)
		return e;
	h.compatible = l.found ? l.found->compatible : 0;
	*ret = h;
	h = (struct header){ 0 };
	return ERR_OK;
}
