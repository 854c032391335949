/* SPDX-License-Identifier: MIT
 * Changes of a header. Statements stand in canonical order: again and again the one of smallest hash whose signer,
 * predecessor and target stand before it. So the same set gives the same bytes on every device.
 */
#include "vault/keys/header_edit.h"

#include "util/cleanup.h"
#include "vault/keys/header_parts.h"
#include "vault/keys/recovery.h"

#include <string.h>

/* --- statements --- */
/* named: the slot is there by genesis or by one of the first `n` statements. */
static bool named(const struct header *h, size_t n, struct id slot)
{
	for (size_t i = 0; i < 2; i++)
		if (id_eq(h->genesis.slot[i].id, slot))
			return true;
	for (size_t i = 0; i < n; i++)
		if (h->statements[i].s.kind == ST_SLOT_ADD && id_eq(h->statements[i].s.target_slot, slot))
			return true;
	return false;
}

static bool listed(const struct header *h, size_t n, struct hash hash)
{
	int at = roster_statement(h, hash);
	return at >= 0 && (size_t)at < n;
}

static bool may_stand_after(const struct header *h, size_t n, const struct statement *s)
{
	if (!named(h, n, s->slot) || (s->number > 1 && !listed(h, n, s->previous)))
		return false;
	if (s->kind != ST_SLOT_REMOVE)
		return true;
	return named(h, n, s->target_slot) && (s->target_last == 0 || listed(h, n, s->target_last_hash));
}

/* put_in_order: ERR_NOTFOUND when one rests on something that is not there. */
static err_t put_in_order(struct header *h)
{
	for (size_t n = 0; n < h->nstatements; n++) {
		size_t best = h->nstatements;
		for (size_t i = n; i < h->nstatements; i++)
			if (may_stand_after(h, n, &h->statements[i].s) &&
			    (best == h->nstatements || hash_cmp(h->statements[i].hash, h->statements[best].hash) < 0))
				best = i;
		if (best == h->nstatements)
			return ERR_NOTFOUND;
		struct header_statement st = h->statements[best];
		h->statements[best] = h->statements[n];
		h->statements[n] = st;
	}
	return ERR_OK;
}

static void drop_removed(struct header *h)
{
	size_t n = 0;
	for (size_t i = 0; i < h->nwraps; i++)
		if (roster_find(&h->live, h->wraps[i].id))
			h->wraps[n++] = h->wraps[i];
	h->nwraps = n;
	n = 0;
	for (size_t i = 0; i < h->nepoch_roots; i++)
		if (roster_find(&h->live, h->epoch_roots[i].slot))
			h->epoch_roots[n++] = h->epoch_roots[i];
	h->nepoch_roots = n;
}

/* take_back: the statement of that hash leaves again, so that the header is what it was. */
static err_t take_back(struct header *h, struct hash hash)
{
	size_t at = (size_t)roster_statement(h, hash);
	buf_free(&h->statements[at].bytes);
	h->statements[at] = h->statements[--h->nstatements];
	h->statements[h->nstatements] = (struct header_statement){ 0 };
	err_t e = put_in_order(h);
	return e ? e : roster_prove(h, NULL);
}

err_t header_add_statement(struct header *h, struct span bytes)
{
	struct stream_cut cuts[CUTS_MAX];
	struct header_statement st = { 0 };
	err_t e = statement_hash(bytes, &st.hash);
	if (!e && roster_statement(h, st.hash) >= 0)
		return ERR_OK;
	if (!e)
		e = statement_decode(bytes, &st.s, cuts);
	if (!e && h->nstatements == HEADER_STATEMENTS_MAX)
		e = ERR_LIMIT;
	if (e)
		return e;
	buf_put(&st.bytes, bytes.p, bytes.len);
	e = buf_ok(&st.bytes);
	if (e)
		return e;
	h->statements[h->nstatements++] = st;
	e = put_in_order(h);
	if (!e)
		e = roster_prove(h, NULL);
	if (e) {
		err_t back = take_back(h, st.hash);
		return back ? back : e;
	}
	drop_removed(h);
	return ERR_OK;
}

/* sign_next: `s` (kind and target are set) becomes the next statement of the slot `by`. */
static err_t sign_next(const struct header *h, const struct slot *by, struct statement *s, int64_t now, struct buf *out)
{
	s->slot = by->id;
	s->number = 1;
	s->time = now;
	for (size_t i = 0; i < h->nstatements; i++) {
		const struct header_statement *st = &h->statements[i];
		if (!id_eq(st->s.slot, by->id) || st->s.number < s->number)
			continue;
		s->number = st->s.number + 1;
		s->previous = st->hash;
	}
	return statement_sign(s, h->genesis.vault, h->genesis_hash, by, out);
}

/* adopt: the signed statement joins the header and is appended to `out`, or neither. */
static err_t adopt(struct header *h, const struct buf *bytes, struct buf *out)
{
	if (!buf_reserve(out, bytes->len))
		return ERR_NOMEM;
	err_t e = header_add_statement(h, buf_span(bytes));
	if (!e)
		buf_put(out, bytes->p, bytes->len);
	return e;
}

/* --- slots --- */
err_t header_insert_wrap(struct header *h, const struct wrap *w)
{
	if (h->nwraps == SLOTS_MAX)
		return ERR_LIMIT;
	size_t at = h->nwraps++;
	for (; at > 0 && id_cmp(h->wraps[at - 1].id, w->id) > 0; at--)
		h->wraps[at] = h->wraps[at - 1];
	h->wraps[at] = *w;
	return ERR_OK;
}

static bool secret_fits(const struct slot_add *add)
{
	if (add->kind == SLOT_PASSPHRASE)
		return add->secret.len > 0 && add->kdf;
	return add->kind == SLOT_RECOVERY && add->secret.len == RECOVERY_LEN;
}

err_t header_add_slot(struct header *h, const struct slot *by, const struct slot_add *add, struct id *ret_id,
                      struct buf *statement)
{
	cleanup(key_wipe) struct key seed = { 0 };
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	struct wrap w = { .kind = (uint8_t)add->kind };
	struct statement s = { .kind = ST_SLOT_ADD, .target_kind = (uint8_t)add->kind };
	if (!secret_fits(add))
		return ERR_INVAL;
	if (!roster_find(&h->live, by->id))
		return ERR_NOTFOUND;
	if (h->nwraps == SLOTS_MAX || h->proven.n == SLOTS_MAX)
		return ERR_LIMIT;
	if (add->kind == SLOT_PASSPHRASE)
		w.kdf = *add->kdf;
	err_t e = crypto_random(seed.b, sizeof(seed.b));
	if (!e)
		e = crypto_random_id(&w.id);
	if (!e)
		e = slot_wrap(h, &w, add->secret, &seed);
	if (!e)
		e = keys_from_seed(&seed, &s.target_keys);
	s.target_slot = w.id;
	if (!e)
		e = sign_next(h, by, &s, add->now, &bytes);
	if (!e)
		e = adopt(h, &bytes, statement);
	if (!e)
		e = header_insert_wrap(h, &w);
	if (!e)
		*ret_id = w.id;
	return e;
}

/* last_of: number and hash of the newest statement of a slot (zero: none). */
static void last_of(const struct header *h, struct id slot, struct statement *s)
{
	for (size_t i = 0; i < h->nstatements; i++)
		if (id_eq(h->statements[i].s.slot, slot) && h->statements[i].s.number > s->target_last) {
			s->target_last = h->statements[i].s.number;
			s->target_last_hash = h->statements[i].hash;
		}
}

err_t header_remove_slot(struct header *h, const struct slot *by, struct id id, int64_t now, struct buf *statement)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	struct statement s = { .kind = ST_SLOT_REMOVE };
	size_t others = 0;
	if (!roster_find(&h->live, id) || !roster_find(&h->live, by->id))
		return ERR_NOTFOUND;
	for (size_t i = 0; i < h->live.n; i++)
		others += slot_kind_human(h->live.slot[i].kind) && !id_eq(h->live.slot[i].id, id);
	if (!others)
		return ERR_LIMIT;
	s.target_slot = id;
	last_of(h, id, &s);
	err_t e = sign_next(h, by, &s, now, &bytes);
	return e ? e : adopt(h, &bytes, statement);
}

/* --- epoch roots --- */
static err_t seal_epoch(const struct header *h, const struct keyring *k, uint32_t epoch,
                        struct sealed_epoch_root list[], size_t *n)
{
	for (size_t i = 0; i < h->live.n; i++) {
		struct sealed_epoch_root r;
		size_t at = *n;
		err_t e = *n < EPOCH_ROOTS_MAX ? epoch_root_seal(h, k, epoch, &h->live.slot[i], &r) : ERR_LIMIT;
		if (e)
			return e;
		for (; at > 0 && list[at - 1].epoch == epoch && id_cmp(list[at - 1].slot, r.slot) > 0; at--)
			list[at] = list[at - 1];
		list[at] = r;
		++*n;
	}
	return ERR_OK;
}

err_t header_seal_epoch_roots(struct header *h, const struct keyring *k)
{
	uint32_t newest = keyring_claimed(k);
	size_t n = 0;
	if (!hash_eq(keyring_genesis(k), h->genesis_hash) ||
	    (h->nepoch_roots && h->epoch_roots[h->nepoch_roots - 1].epoch > newest))
		return ERR_INVAL;
	cleanup_free struct sealed_epoch_root *list = calloc(EPOCH_ROOTS_MAX, sizeof(*list));
	if (!list)
		return ERR_NOMEM;
	err_t e = seal_epoch(h, k, 1, list, &n);
	if (!e && newest > 1)
		e = seal_epoch(h, k, newest, list, &n);
	if (e)
		return e;
	memcpy(h->epoch_roots, list, n * sizeof(*list));
	h->nepoch_roots = n;
	return ERR_OK;
}

/* --- merging --- */
static const struct wrap *wrap_of(const struct header *h, struct id id)
{
	for (size_t i = 0; i < h->nwraps; i++)
		if (id_eq(h->wraps[i].id, id))
			return &h->wraps[i];
	return NULL;
}

err_t header_merge(struct header *h, const struct header *other, bool *ret_changed)
{
	size_t statements = h->nstatements, wraps = h->nwraps;
	if (!hash_eq(h->genesis_hash, other->genesis_hash))
		return ERR_INVAL;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < other->nstatements; i++)
		e = header_add_statement(h, buf_span(&other->statements[i].bytes));
	for (size_t i = 0; !e && i < other->nwraps; i++)
		if (roster_find(&h->live, other->wraps[i].id) && !wrap_of(h, other->wraps[i].id))
			e = header_insert_wrap(h, &other->wraps[i]);
	if (e)
		return e;
	bool joins = header_joins(other) > header_joins(h);
	if (joins)
		header_set_joins(h, header_joins(other));
	*ret_changed = joins || h->nstatements != statements || h->nwraps != wraps;
	return ERR_OK;
}
