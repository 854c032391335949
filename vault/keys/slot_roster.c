/* SPDX-License-Identifier: MIT
 * Which slots a header proves and which of them still count. A pure function of genesis and the set of statements.
 */
#include "vault/keys/slot_roster.h"

#include "util/cleanup.h"
#include "vault/keys/header_parts.h"

#include <string.h>

const struct slot_keys *roster_find(const struct slot_roster *r, struct id id)
{
	for (size_t i = 0; i < r->n; i++)
		if (id_eq(r->slot[i].id, id))
			return &r->slot[i];
	return NULL;
}

static err_t prove_add(struct slot_roster *r, const struct statement *s)
{
	const struct slot_keys *old = roster_find(r, s->target_slot);
	if (old)
		return old->kind == s->target_kind && !memcmp(&old->keys, &s->target_keys, sizeof(old->keys))
		               ? ERR_OK
		               : ERR_DAMAGED;
	if (r->n == SLOTS_MAX)
		return ERR_LIMIT;
	struct slot_keys *new = &r->slot[r->n++];
	new->id = s->target_slot;
	new->kind = s->target_kind;
	new->keys = s->target_keys;
	return ERR_OK;
}

int roster_statement(const struct header *h, struct hash hash)
{
	for (size_t i = 0; i < h->nstatements; i++)
		if (hash_eq(h->statements[i].hash, hash))
			return (int)i;
	return -1;
}

/* link_previous: each slot's statements form a tree by number and hash of the one before; two devices that open one
 * slot at the same time may both say an n-th. */
static err_t link_previous(struct header *h, size_t i)
{
	struct header_statement *st = &h->statements[i];
	st->previous = -1;
	if (st->s.number == 1)
		return ERR_OK;
	int p = roster_statement(h, st->s.previous);
	if (p < 0 || (size_t)p >= i || h->statements[p].s.number != st->s.number - 1 ||
	    !id_eq(h->statements[p].s.slot, st->s.slot))
		return ERR_DAMAGED;
	st->previous = p;
	return ERR_OK;
}

/* prove_remove: its target is there, and so is the last statement of the target that it lets stand. */
static err_t prove_remove(const struct header *h, size_t i)
{
	const struct statement *s = &h->statements[i].s;
	if (!roster_find(&h->proven, s->target_slot))
		return ERR_DAMAGED;
	if (s->target_last == 0)
		return hash_is_zero(s->target_last_hash) ? ERR_OK : ERR_DAMAGED;
	int pin = roster_statement(h, s->target_last_hash);
	bool ok = pin >= 0 && (size_t)pin < i && h->statements[pin].s.number == s->target_last &&
	          id_eq(h->statements[pin].s.slot, s->target_slot);
	return ok ? ERR_OK : ERR_DAMAGED;
}

static err_t prove_one(struct header *h, size_t i)
{
	const struct header_statement *st = &h->statements[i];
	const struct slot_keys *signer = roster_find(&h->proven, st->s.slot);
	if (!signer || !slot_kind_human(signer->kind))
		return ERR_DAMAGED;
	err_t e = statement_verify(buf_span(&st->bytes), h->genesis.vault, h->genesis_hash, signer->keys.sign);
	if (!e)
		e = link_previous(h, i);
	if (!e && st->s.kind == ST_SLOT_ADD)
		e = prove_add(&h->proven, &st->s);
	else if (!e && st->s.kind == ST_SLOT_REMOVE)
		e = prove_remove(h, i);
	return e;
}

/* What removals say of each proven slot, by its index in h->proven. */
struct removals {
	bool removed[SLOTS_MAX];
	int pin[SLOTS_MAX]; /* of a removed slot: its last statement that counts, or -1 */
};

static size_t index_of(const struct header *h, struct id id)
{
	return (size_t)(roster_find(&h->proven, id) - h->proven.slot); /* every id asked for is proven */
}

/* counts: a statement of a removed slot does only if it leads up to the pinned one. */
static bool counts(const struct header *h, const struct removals *c, size_t i)
{
	size_t signer = index_of(h, h->statements[i].s.slot);
	if (!c->removed[signer])
		return true;
	for (int p = c->pin[signer]; p >= 0; p = h->statements[p].previous)
		if ((size_t)p == i)
			return true;
	return false;
}

/* slots_there: which proven slots are there under `c`: genesis' two, and those added by a statement that counts. */
static void slots_there(const struct header *h, const struct removals *c, bool there[SLOTS_MAX])
{
	memset(there, 0, SLOTS_MAX * sizeof(*there));
	there[0] = there[1] = true;
	for (size_t i = 0; i < h->nstatements; i++) {
		const struct statement *s = &h->statements[i].s;
		if (s->kind == ST_SLOT_ADD && there[index_of(h, s->slot)] && counts(h, c, i))
			there[index_of(h, s->target_slot)] = true;
	}
}

static bool human_left(const struct header *h, const struct removals *c)
{
	bool there[SLOTS_MAX];
	slots_there(h, c, there);
	for (size_t i = 0; i < h->proven.n; i++)
		if (there[i] && !c->removed[i] && slot_kind_human(h->proven.slot[i].kind))
			return true;
	return false;
}

/* common: the newest statement that leads up to both. */
static int common(const struct header *h, int a, int b)
{
	while (a != b && a >= 0 && b >= 0) {
		uint64_t na = h->statements[a].s.number, nb = h->statements[b].s.number;
		if (na >= nb)
			a = h->statements[a].previous;
		if (nb >= na)
			b = h->statements[b].previous;
	}
	return a == b ? a : -1;
}

/* apply_removal: unless its signer was removed before saying it, or no human slot would be left. */
static void apply_removal(const struct header *h, const struct header_statement *st, struct removals *c)
{
	bool there[SLOTS_MAX];
	size_t target = index_of(h, st->s.target_slot);
	slots_there(h, c, there);
	if (!there[index_of(h, st->s.slot)] || !counts(h, c, (size_t)(st - h->statements)))
		return;
	struct removals next = *c;
	int pin = st->s.target_last ? roster_statement(h, st->s.target_last_hash) : -1;
	next.pin[target] = c->removed[target] ? common(h, c->pin[target], pin) : pin;
	next.removed[target] = true;
	if (human_left(h, &next))
		*c = next;
}

static int rank_cmp(const struct header *h, const struct header_statement *a, const struct header_statement *b)
{
	int ka = h->proven.slot[index_of(h, a->s.slot)].kind, kb = h->proven.slot[index_of(h, b->s.slot)].kind;
	return ka != kb ? ka - kb : hash_cmp(a->hash, b->hash);
}

/* removals_in_rank_order: recovery before passphrase, then by hash. */
static size_t removals_in_rank_order(const struct header *h, const struct header_statement *list[])
{
	size_t n = 0;
	for (size_t i = 0; i < h->nstatements; i++) {
		const struct header_statement *st = &h->statements[i];
		size_t at = n;
		if (st->s.kind != ST_SLOT_REMOVE)
			continue;
		for (; at > 0 && rank_cmp(h, st, list[at - 1]) < 0; at--)
			list[at] = list[at - 1];
		list[at] = st;
		n++;
	}
	return n;
}

static void find_live(struct header *h)
{
	const struct header_statement *removals[HEADER_STATEMENTS_MAX];
	bool there[SLOTS_MAX];
	struct removals c = { 0 };
	size_t n = removals_in_rank_order(h, removals);
	for (size_t i = 0; i < n; i++)
		apply_removal(h, removals[i], &c);
	slots_there(h, &c, there);
	h->live.n = 0;
	for (size_t i = 0; i < h->proven.n; i++)
		if (there[i] && !c.removed[i])
			h->live.slot[h->live.n++] = h->proven.slot[i];
}

err_t roster_prove(struct header *h, struct why *why)
{
	h->proven.n = 2;
	memcpy(h->proven.slot, h->genesis.slot, sizeof(h->genesis.slot));
	for (size_t i = 0; i < h->nstatements; i++) {
		err_t e = prove_one(h, i);
		if (e == ERR_DAMAGED)
			return why_set(why, e, HEADER_TAMPERED " (statement %zu is not proven)", i + 1);
		if (e)
			return e;
	}
	find_live(h);
	return ERR_OK;
}
