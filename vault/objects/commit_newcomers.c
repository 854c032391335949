/* SPDX-License-Identifier: MIT */
#include "vault/objects/commit_newcomers.h"

#include "crypto/hash.h"
#include "util/vec.h"

/* note_stream: an INCARNATION begins the stream whose number its hash begins with. */
static void note_stream(struct commit_records *s, struct hash said)
{
	struct rd r = RD(hash_span(&said));
	if (rd_u64(&r) == s->last->stream)
		s->has_incarnation = true;
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
	if (signer_new_of(&said, &m))
		return ERR_OK;
	if (!vec_room(s->newcomers, s->newcomers_n, 1, &s->newcomers_cap))
		return ERR_NOMEM;
	struct newcomer *x = &s->newcomers[s->newcomers_n];
	*x = (struct newcomer){ .kind = m.kind, .mix = m.mix, .wrap = m.wrap, .has_wrap = m.kind == SIGNER_DEVICE };
	err_t e = signer_id(s->basis->vault, &m, &x->id);
	s->newcomers_n += !e;
	return e;
}

/* find_key: *ret becomes true if a key of that MAP has this hash. */
static err_t find_key(struct nodes list, uint16_t number, struct hash want, bool *ret)
{
	const struct group_node *g = group_find(list, number);
	struct nodes keys = g ? group_inside(g) : (struct nodes){ 0 };
	for (const struct group_node *k = keys.v; k < group_end(keys) && !*ret; k += k->size) {
		struct hash h;
		err_t e = crypto_sha256(k->bytes, &h);
		if (e)
			return e;
		*ret = hash_eq(h, want);
	}
	return ERR_OK;
}

err_t newcomers_record(struct commit_records *s, const struct vault_name *n, struct nodes list)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->newcomers_n; i++) {
		struct newcomer *x = &s->newcomers[i];
		if ((x->kind == SIGNER_DEVICE) != (n->kind == SHARED_DEVICE) || !id_eq(x->id, n->id))
			continue;
		e = find_key(list, 1, x->mix, &x->has_mix);
		if (!e && n->kind == SHARED_SLOT)
			e = find_key(list, 2, x->wrap, &x->has_wrap);
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
