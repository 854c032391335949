/* SPDX-License-Identifier: MIT
 * A signer waits in `todo` when it is named for the first time, or with another rank: then more of its statements may
 * be good. Its statements are looked at by number, so each after the one before it. Least rank falls, greatest rank
 * rises, so what was good stays good, and the outcome does not depend on who waits first.
 */
#include "vault/members/good.h"

#include "util/cleanup.h"

#include <string.h>

#define RANK_STEP 65536 /* how much greater than its signer's a rank may be */

struct search {
	const struct roster_basis *b;
	const struct heard **v; /* ascending, none twice */
	size_t n;
	bool *good, *forged; /* by index in v */
	struct roster_signer *signer;
	size_t signer_n;
	size_t *todo, todo_n; /* signers */
	bool *waits, *named;  /* by index in signer */
};

static void search_free(struct search *s)
{
	free(s->v);
	free(s->good);
	free(s->forged);
	free(s->signer);
	free(s->todo);
	free(s->waits);
	free(s->named);
}

/* -- what there is ----------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	return heard_cmp(*(const struct heard *const *)a, *(const struct heard *const *)b);
}

static int by_id(const void *a, const void *b)
{
	return id_cmp(((const struct roster_signer *)a)->id, ((const struct roster_signer *)b)->id);
}

static void sort_said(struct search *s, const struct heard *said, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->v[i] = &said[i];
	if (n)
		qsort(s->v, n, sizeof(*s->v), by_place);
	for (size_t i = 0; i < n; i++)
		if (!s->n || heard_cmp(s->v[s->n - 1], s->v[i]))
			s->v[s->n++] = s->v[i];
}

/* gather_signers: whoever might be named. */
static void gather_signers(struct search *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->b->named_n; i++)
		s->signer[n++].id = s->b->named[i].id;
	for (size_t i = 0; i < s->n; i++)
		if (heard_lets_in(s->v[i]))
			s->signer[n++].id = s->v[i]->about;
	qsort(s->signer, n, sizeof(*s->signer), by_id);
	for (size_t i = 0; i < n; i++)
		if (!s->signer_n || !id_eq(s->signer[s->signer_n - 1].id, s->signer[i].id))
			s->signer[s->signer_n++].id = s->signer[i].id;
	for (size_t i = 0, at = 0; i < s->signer_n; i++) {
		struct roster_signer *x = &s->signer[i];
		while (at < s->n && id_cmp(s->v[at]->as.signer, x->id) < 0)
			at++;
		x->first = at;
		while (at < s->n && id_eq(s->v[at]->as.signer, x->id))
			at++;
		x->n = at - x->first;
	}
}

static err_t gather(struct search *s, const struct heard *said, size_t n)
{
	size_t most = n + s->b->named_n + 1;
	s->v = calloc(most, sizeof(*s->v)); /* NOLINT(bugprone-sizeof-expression): of a pointer */
	s->good = calloc(most, sizeof(*s->good));
	s->forged = calloc(most, sizeof(*s->forged));
	s->signer = calloc(most, sizeof(*s->signer));
	s->todo = calloc(most, sizeof(*s->todo));
	s->waits = calloc(most, sizeof(*s->waits));
	s->named = calloc(most, sizeof(*s->named));
	if (!s->v || !s->good || !s->forged || !s->signer || !s->todo || !s->waits || !s->named)
		return ERR_NOMEM;
	sort_said(s, said, n);
	gather_signers(s);
	return ERR_OK;
}

static size_t find_signer(const struct roster_signer *v, size_t n, struct id id)
{
	const struct roster_signer key = { .id = id };
	const struct roster_signer *at = n ? bsearch(&key, v, n, sizeof(key), by_id) : NULL;
	return at ? (size_t)(at - v) : ROSTER_NONE;
}

/* -- which are good ---------------------------------------------------------------------------------------------- */

/* name: genesis or a good statement says of a signer that there is such a one. */
static void name(struct search *s, struct id id, const struct signer_new *who, uint32_t rank)
{
	size_t at = find_signer(s->signer, s->signer_n, id);
	struct roster_signer *x = &s->signer[at];
	if (s->named[at] && rank >= x->rank && rank <= x->highest)
		return;
	if (!s->named[at])
		x->who = *who;
	x->rank = s->named[at] ? MIN(x->rank, rank) : rank;
	x->highest = s->named[at] ? MAX(x->highest, rank) : rank;
	s->named[at] = true;
	if (!s->waits[at])
		s->todo[s->todo_n++] = at;
	s->waits[at] = true;
}

/* follows: it is the first one, or that before it is good. */
static bool follows(const struct search *s, const struct roster_signer *x, const struct heard *said)
{
	const struct heard key = { .hash = said->as.previous,
		                   .as = { .signer = x->id, .number = said->as.number - 1 } };
	const struct heard *k = &key;
	if (said->as.number == 1)
		return true;
	const struct heard **at =
	        bsearch(&k, s->v + x->first, x->n, sizeof(*s->v), by_place); /* NOLINT(bugprone-sizeof-expression) */
	return at && s->good[at - s->v];
}

static bool rank_ok(const struct roster_signer *x, const struct heard *said)
{
	return !heard_lets_in(said) || (said->who.rank > x->rank && said->who.rank <= (uint64_t)x->highest + RANK_STEP);
}

static err_t look(struct search *s, struct roster_signer *x, size_t i)
{
	const struct heard *said = s->v[i];
	if (s->good[i] || s->forged[i] || !follows(s, x, said) || !rank_ok(x, said))
		return ERR_OK;
	err_t e = s->b->check(s->b->ctx, said, x->who.sign_key);
	s->good[i] = e == ERR_OK;
	s->forged[i] = e == ERR_DAMAGED;
	if (s->good[i] && heard_lets_in(said))
		name(s, said->about, &said->who, said->who.rank);
	return s->forged[i] ? ERR_OK : e;
}

static err_t find(struct search *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < s->b->named_n; i++)
		name(s, s->b->named[i].id, &s->b->named[i].who, s->b->named[i].who.rank);
	while (!e && s->todo_n) {
		size_t at = s->todo[--s->todo_n];
		struct roster_signer *x = &s->signer[at];
		s->waits[at] = false;
		for (size_t i = x->first; !e && i < x->first + x->n; i++)
			e = look(s, x, i);
	}
	return e;
}

/* -- into the roster --------------------------------------------------------------------------------------------- */

size_t good_signer(const struct roster *r, struct id id)
{
	return find_signer(r->signer, r->signer_n, id);
}

static int by_said(const void *a, const void *b)
{
	return heard_cmp(((const struct roster_said *)a)->s, ((const struct roster_said *)b)->s);
}

size_t good_said(const struct roster *r, struct id signer, uint64_t number, struct hash hash)
{
	const struct heard key = { .hash = hash, .as = { .signer = signer, .number = number } };
	const struct roster_said k = { .s = &key };
	const struct roster_said *at = r->said_n ? bsearch(&k, r->said, r->said_n, sizeof(k), by_said) : NULL;
	return at ? (size_t)(at - r->said) : ROSTER_NONE;
}

static int by_hash(const void *a, const void *b)
{
	return hash_cmp((*(const struct roster_said *const *)a)->s->hash,
	                (*(const struct roster_said *const *)b)->s->hash);
}

/* link_confirms: each CONFIRM to the SLOT that it names by its hash alone. */
static err_t link_confirms(struct roster *r)
{
	size_t n = 0;
	cleanup_free const struct roster_said **slots =
	        calloc(r->said_n + 1, sizeof(*slots)); /* NOLINT(bugprone-sizeof-expression) */
	if (!slots)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->said_n; i++)
		if (r->said[i].s->as.kind == SIGNER_SLOT)
			slots[n++] = &r->said[i];
	qsort(slots, n, sizeof(*slots), by_hash); /* NOLINT(bugprone-sizeof-expression) */
	for (size_t i = 0; n && i < r->said_n; i++) {
		const struct heard key = { .hash = r->said[i].s->confirmed };
		const struct roster_said k = { .s = &key }, *kp = &k;
		const struct roster_said **at = NULL;
		if (r->said[i].s->as.kind == SIGNER_CONFIRM)
			at = bsearch(&kp, slots, n, sizeof(*slots), by_hash); /* NOLINT(bugprone-sizeof-expression) */
		r->said[i].confirmed = at ? (size_t)(*at - r->said) : ROSTER_NONE;
	}
	return ERR_OK;
}

static void link_one(struct roster *r, struct roster_said *x)
{
	const struct heard *s = x->s;
	struct id pinned = s->as.kind == SIGNER_SLOT ? s->replaces : s->about;
	x->kept = true;
	x->signer = good_signer(r, s->as.signer);
	x->before = s->as.number > 1 ? good_said(r, s->as.signer, s->as.number - 1, s->as.previous) : ROSTER_NONE;
	x->about = x->pin = x->replaces = x->confirmed = ROSTER_NONE;
	if (heard_lets_in(s) || s->as.kind == SIGNER_REVOKE)
		x->about = good_signer(r, s->about);
	if (s->as.kind == SIGNER_SLOT && !id_is_zero(s->replaces))
		x->replaces = good_signer(r, s->replaces);
	if (s->pin.number)
		x->pin = good_said(r, pinned, s->pin.number, s->pin.hash);
}

static err_t move(struct search *s, struct roster *r)
{
	r->said = calloc(s->n + 1, sizeof(*r->said));
	r->signer = calloc(s->signer_n + 1, sizeof(*r->signer));
	if (!r->said || !r->signer)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->signer_n; i++) {
		struct roster_signer *x = &r->signer[r->signer_n];
		if (!s->named[i])
			continue;
		*x = s->signer[i];
		x->place = x->pin = ROSTER_NONE;
		x->first = r->said_n;
		for (size_t k = s->signer[i].first; k < s->signer[i].first + s->signer[i].n; k++)
			if (s->good[k])
				r->said[r->said_n++].s = s->v[k];
		x->n = r->said_n - x->first;
		r->signer_n++;
	}
	for (size_t i = 0; i < r->said_n; i++)
		link_one(r, &r->said[i]);
	return link_confirms(r);
}

err_t good_find(const struct roster_basis *b, const struct heard *said, size_t n, struct roster *r)
{
	cleanup(search_free) struct search s = { .b = b };
	err_t e = gather(&s, said, n);
	if (!e)
		e = find(&s);
	return e ? e : move(&s, r);
}
