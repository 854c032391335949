/* SPDX-License-Identifier: MIT */
#include "sync/members/roots.h"

#include "sync/core/asked.h"
#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/stood_on.h"
#include "sync/members/begun.h"
#include "sync/members/statements.h"
#include "util/vec.h"
#include "vault/changeset/published.h"
#include "vault/keys/record_keys.h"
#include "vault/objects/name.h"
#include "vault/objects/root.h"

#include <string.h>

#define ROOTS_MAX ((size_t)1 << 20) /* bytes of an object; what is larger proves nothing */
#define ROOTS_AGAIN_NS (600 * NS_PER_S)

/* get: what lies there for a device, under one epoch. ERR_NOTFOUND: nothing, or what proves nothing. */
static err_t get(struct sync *s, uint32_t place, struct id device, struct buf *plain)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	uint8_t sig[SIG_LEN];
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, place, &epoch);
	if (!e)
		e = name_root(&epoch.names, device, name);
	if (!e)
		e = store_get_sync(s->c.store, name, 0, 0, ROOTS_MAX, &body);
	struct object_place at = epoch_place(&epoch, OBJECT_ROOT, name);
	if (!e)
		e = object_open(&at, buf_span(&body), plain, &hash, sig);
	return sync_unproved(e) ? ERR_NOTFOUND : e;
}

static err_t put(struct sync *s, uint32_t place, struct id device, struct span plain)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	err_t e = epoch_open(s->c.keyring, place, &epoch);
	if (!e)
		e = name_root(&epoch.names, device, name);
	struct object_place at = epoch_place(&epoch, OBJECT_ROOT, name);
	if (!e)
		e = object_seal(&at, plain, NULL, &sealed, &hash);
	return e ? e : store_put_sync(s->c.store, name, buf_span(&sealed));
}

/* -- for others -------------------------------------------------------------------------------------------------- */

struct giving {
	struct sync *s;
	const struct roster_signer *to;
	struct key mix;
	uint32_t place; /* under which it goes */
	const struct begun_epoch **lacking;
	size_t n;
	struct buf *boxes; /* one for each */
	struct root all;
};

static void giving_free(struct giving *g)
{
	key_wipe(&g->mix);
	free(g->lacking);
	root_free(&g->all);
	for (size_t i = 0; g->boxes && i < g->n; i++)
		buf_free(&g->boxes[i]);
	free(g->boxes);
}

static bool boxed(const struct begun_epoch *x, struct id device)
{
	bool is = false;
	for (size_t i = 0; i < x->boxed_n && !is; i++)
		is = id_eq(x->boxed[i], device);
	return is;
}

/* stands_on: a commit of it stands on the start's: whoever applied that knows the root. */
static err_t stands_on(const struct giving *g, const struct begun_epoch *x, bool *ret)
{
	struct sync *s = g->s;
	err_t e = ERR_OK;
	*ret = false;
	for (size_t i = 0; !e && !*ret && i < s->streams.n; i++) {
		const struct stream *st = &s->streams.list[i];
		uint64_t n = 0;
		if (!id_eq(st->device, g->to->id) || !st->applied.n)
			continue;
		e = stood_on(s, st, x->at.stream, &n);
		*ret = n >= x->at.n;
	}
	return e;
}

/* lacks_it: it has no box, and nothing shows that it knows the root. */
static err_t lacks_it(const struct giving *g, const struct begun_epoch *x, bool *ret)
{
	bool has = !x->direct || boxed(x, g->to->id);
	err_t e = has ? ERR_OK : stands_on(g, x, &has);
	*ret = !has;
	return e;
}

/* look: which it lacks, and under which it can open one for sure. */
static err_t look(struct giving *g, bool all)
{
	const struct sync *s = g->s;
	const struct begun *b = s->begun;
	err_t e = ERR_OK;
	g->lacking = calloc(b->n, sizeof(const struct begun_epoch *));
	if (!g->lacking)
		return ERR_NOMEM;
	g->place = all ? keyring_epoch(s->c.keyring) : 1;
	for (size_t i = 0; !e && i < b->n; i++) {
		const struct begun_epoch *x = &b->v[i];
		bool lacks = x->number > 1;
		if (lacks && !all)
			e = lacks_it(g, x, &lacks);
		if (lacks)
			g->lacking[g->n++] = x;
		else if (x->number > 1 && !all)
			g->place = MAX(g->place, keyring_find(s->c.keyring, x->number, x->id));
	}
	return e;
}

static err_t add_box(struct giving *g, const struct begun_epoch *x, struct buf *box)
{
	const struct keyring *k = g->s->c.keyring;
	cleanup(key_wipe) struct key first = { 0 }, root = { 0 };
	struct root_box_at at;
	err_t e = begun_at(g->s, x->number, &first, &at);
	if (!e)
		e = keyring_epoch_root(k, keyring_find(k, x->number, x->id), &root);
	if (!e)
		e = root_box_seal(&at, &root, g->to->id, &(struct box_to){ g->to->who.box_key, &g->mix }, box);
	return e ? e : root_add(&g->all, buf_span(&x->start), buf_span(box));
}

static int by_order(const void *pa, const void *pb)
{
	const struct begun_epoch *const *a = pa, *const *b = pb;
	if ((*a)->number != (*b)->number)
		return (*a)->number < (*b)->number ? -1 : 1;
	return hash_cmp((*a)->id, (*b)->id);
}

/* fill: boxes of the oldest that it lacks, as many as an object holds: each start is sealed under the epoch before, so
 * these come first, and the header has the newest alone. More come when it stands on these. */
static err_t fill(struct giving *g)
{
	size_t bytes = 0;
	err_t e = ERR_OK;
	g->boxes = calloc(g->n + 1, sizeof(*g->boxes));
	if (!g->boxes)
		return ERR_NOMEM;
	if (g->n)
		qsort(g->lacking, g->n, sizeof(*g->lacking), by_order);
	for (size_t i = 0; !e && i < g->n && bytes < ROOTS_MAX / 2; i++) {
		e = add_box(g, g->lacking[i], &g->boxes[i]);
		bytes += g->lacking[i]->start.len + g->boxes[i].len;
	}
	return e;
}

static err_t mix_of(struct giving *g)
{
	const struct view records = published_view(g->s->c.map);
	const struct signer_wanted want = { g->to->id, SIGNER_DEVICE, g->to->who.mix };
	return record_keys_mix_of(&records, &want, &g->mix);
}

static err_t give(struct giving *g)
{
	cleanup(buf_free) struct buf plain = BUF_INIT, there = BUF_INIT;
	err_t e = root_encode(&g->all, &plain);
	if (e)
		return e;
	e = get(g->s, g->place, g->to->id, &there);
	if (!e && !span_cmp(buf_span(&there), buf_span(&plain)))
		return ERR_OK;
	if (!e || e == ERR_NOTFOUND)
		e = put(g->s, g->place, g->to->id, buf_span(&plain));
	if (!e)
		log_info(AREA_SYNC, "a device that joined while an epoch began is given its root");
	return e;
}

/* keep_one: ERR_NOTFOUND: its mix key is not here yet: the store is not asked. */
static err_t keep_one(struct sync *s, const struct roster_signer *to)
{
	cleanup(giving_free) struct giving g = { .s = s, .to = to };
	err_t e = look(&g, false);
	if (e || !g.n)
		return e;
	s->roots.lack = true;
	e = mix_of(&g);
	if (e)
		return e;
	e = fill(&g);
	if (e == ERR_DAMAGED || e == ERR_VERSION)
		return ERR_OK; /* no box can be made to its key, by anybody or by this software */
	return e ? e : give(&g);
}

/* keep_next: signers are ascending, so those that were looked at are met in their order: *at is the next of these. */
static err_t keep_next(struct sync *s, const struct roster_signer *x, size_t *at, bool *ret_all)
{
	struct roots_need *n = &s->roots;
	while (*at < n->had_n && id_cmp(n->had[*at], x->id) < 0)
		++*at;
	if (*at < n->had_n && id_eq(n->had[*at], x->id))
		return ERR_OK;
	if (!vec_room(n->had, n->had_n, 1, &n->had_cap))
		return ERR_NOMEM;
	err_t e = keep_one(s, x);
	if (e) {
		*ret_all = false;
		return e == ERR_NOTFOUND || asked_untaken(e) || asked_alone(e) ? ERR_OK : e;
	}
	memmove(n->had + *at + 1, n->had + *at, (n->had_n - *at) * sizeof(*n->had));
	n->had[*at] = x->id;
	n->had_n++;
	return ERR_OK;
}

/* due: whether there is to be a look: members or epochs are others, the last one did not come to its end, or what was
 * given may have been written over, which whoever has the keys can do. */
static bool due(struct sync *s)
{
	const uint64_t of = ((uint64_t)s->begun->n << 32) + s->statements->roster.signer_n;
	const int64_t now = s->c.clock.mono(s->c.clock.ctx);
	struct roots_need *n = &s->roots;
	if (n->of == of && !(n->lack && now - n->since >= ROOTS_AGAIN_NS))
		return !n->looked;
	n->of = of;
	n->since = now;
	n->looked = n->lack = false;
	n->had_n = 0;
	return true;
}

err_t roots_keep(struct sync *s)
{
	const struct roster *r = &s->statements->roster;
	bool all = true;
	size_t at = 0;
	err_t e = ERR_OK;
	if (s->begun->n < 2 || !due(s))
		return ERR_OK;
	for (size_t i = 0; !e && i < r->signer_n; i++) {
		const struct roster_signer *x = &r->signer[i];
		if (x->who.kind == SIGNER_DEVICE && roster_member(x) && !id_eq(x->id, s->device))
			e = keep_next(s, x, &at, &all);
	}
	s->roots.looked = !e && all;
	return e;
}

err_t roots_give(struct sync *s, struct id device)
{
	const struct roster_signer *x = roster_who(&s->statements->roster, device);
	cleanup(giving_free) struct giving g = { .s = s, .to = x };
	if (!x || s->begun->n < 2)
		return ERR_OK;
	err_t e = look(&g, true);
	if (!e)
		e = mix_of(&g);
	if (!e)
		e = fill(&g);
	return e ? e : give(&g);
}

/* -- for this device --------------------------------------------------------------------------------------------- */

/* claim: a root that opens with this device's keys, of a start that waits: each claim is one more epoch to look for
 * objects under. What does not open proves nothing. */
static err_t claim(struct sync *s, const struct hashes *waits, const struct root_entry *x, bool *ret_any)
{
	cleanup(epoch_start_free) struct epoch_start start = { 0 };
	cleanup(key_wipe) struct key first = { 0 }, root = { 0 };
	const struct signer_mine *mine = s->c.members.mine;
	const struct root_box_mine by = { mine->id, { &mine->seed, &mine->mix } };
	struct root_box_at at;
	if (!hashes_has(waits, x->epoch_id) || keyring_find(s->c.keyring, x->number, x->epoch_id))
		return ERR_OK;
	err_t e = epoch_get_start(x->start, &start);
	struct hash commitment = hash_from(start.commitment);
	if (!e)
		e = begun_at(s, x->number, &first, &at);
	if (!e)
		e = root_box_open(&at, &by, x->box, &commitment, &root);
	if (!e)
		e = keyring_claim(s->c.keyring, x->number, x->epoch_id, &root);
	*ret_any |= !e;
	return sync_unproved(e) || e == ERR_EXISTS ? ERR_OK : e;
}

static err_t take(struct sync *s, const struct hashes *waits, struct span plain, bool *ret_any)
{
	cleanup(root_free) struct root r = { 0 };
	err_t e = root_decode(plain, &r);
	for (size_t i = 0; !e && i < r.n; i++)
		e = claim(s, waits, &r.v[i], ret_any);
	return sync_unproved(e) ? ERR_OK : e;
}

err_t roots_take(struct sync *s, bool *ret_any)
{
	cleanup(hashes_free) struct hashes waits = { 0 };
	err_t e = deliver_held(s, &waits);
	*ret_any = false;
	for (uint32_t i = keyring_claimed(s->c.keyring); !e && !*ret_any && i >= 1; i--) {
		cleanup(buf_free) struct buf plain = BUF_INIT;
		e = asked_one(s, get(s, i, s->device, &plain));
		if (!e)
			e = take(s, &waits, buf_span(&plain), ret_any);
		if (e == ERR_NOTFOUND)
			e = ERR_OK;
	}
	return e;
}
