/* SPDX-License-Identifier: MIT */
#include "vault/objects/commit_newcomers.h"

#include "crypto/hash.h"
#include "util/vec.h"

#include <stdlib.h>

/* note_stream: an INCARNATION begins the stream whose number its hash begins with. */
static void note_stream(struct commit_records *s, struct hash said)
{
	struct rd r = RD(hash_span(&said));
	if (rd_u64(&r) == s->last->stream)
		s->has_incarnation = true;
}

err_t newcomers_add(struct commit_records *s, const struct signer_new *m)
{
	if (!vec_room(s->newcomers, s->newcomers_n, 1, &s->newcomers_cap))
		return ERR_NOMEM;
	struct newcomer *x = &s->newcomers[s->newcomers_n];
	*x = (struct newcomer){ .kind = m->kind, .mix = m->mix, .wrap = m->wrap, .has_wrap = m->kind == SIGNER_DEVICE };
	err_t e = signer_id(s->basis->vault, m, &x->id);
	s->newcomers_n += !e;
	return e;
}

err_t newcomers_said(struct commit_records *s, const struct vault_name *n, struct nodes list)
{
	struct signer_said said;
	struct signer_new m;
	const struct group_node *g = group_find(list, 1);
	if (!g || !signer_statement(g->bytes, &said)) /* which known_check has seen */
		return ERR_OK;
	if (said.kind == SIGNER_INCARNATION)
		note_stream(s, n->hash);
	return signer_new_of(&said, &m) ? ERR_OK : newcomers_add(s, &m);
}

/* Hashes of the keys of a MAP: of a record that was let through it has no more. */
struct hashes {
	struct hash v[COMMIT_KEYS_MAX];
	size_t n;
};

static err_t hash_keys(struct nodes list, uint16_t number, struct hashes *ret)
{
	const struct group_node *g = group_find(list, number);
	struct nodes keys = g ? group_inside(g) : (struct nodes){ 0 };
	err_t e = ERR_OK;
	ret->n = 0;
	for (const struct group_node *k = keys.v; !e && k < group_end(keys) && ret->n < COMMIT_KEYS_MAX; k += k->size)
		e = crypto_sha256(k->bytes, &ret->v[ret->n++]);
	return e;
}

static bool has(const struct hashes *l, struct hash want)
{
	bool any = false;
	for (size_t i = 0; i < l->n && !any; i++)
		any = hash_eq(l->v[i], want);
	return any;
}

static int newcomer_order(const void *a, const void *b)
{
	return id_cmp(((const struct newcomer *)a)->id, ((const struct newcomer *)b)->id);
}

/* newcomers_of: the first with that id; they stand together. newcomers_n: none. */
static size_t newcomers_of(struct commit_records *s, struct id id)
{
	size_t low = 0, high = s->newcomers_n;
	if (!s->newcomers_sorted && s->newcomers_n)
		qsort(s->newcomers, s->newcomers_n, sizeof(*s->newcomers), newcomer_order);
	s->newcomers_sorted = true;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (id_cmp(s->newcomers[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

err_t newcomers_record(struct commit_records *s, const struct vault_name *n, struct nodes list)
{
	struct hashes mix, wrap = { .n = 0 };
	size_t i = newcomers_of(s, n->id);
	if (i == s->newcomers_n || !id_eq(s->newcomers[i].id, n->id))
		return ERR_OK;
	err_t e = hash_keys(list, 1, &mix);
	if (!e && n->kind == SHARED_SLOT)
		e = hash_keys(list, 2, &wrap);
	for (; !e && i < s->newcomers_n && id_eq(s->newcomers[i].id, n->id); i++) {
		struct newcomer *x = &s->newcomers[i];
		if ((x->kind == SIGNER_DEVICE) != (n->kind == SHARED_DEVICE))
			continue;
		x->has_mix = has(&mix, x->mix);
		x->has_wrap |= has(&wrap, x->wrap);
	}
	return e;
}

bool newcomers_whole(const struct commit_records *s)
{
	for (size_t i = 0; i < s->newcomers_n; i++)
		if (!s->newcomers[i].has_mix || !s->newcomers[i].has_wrap)
			return false;
	return true;
}
