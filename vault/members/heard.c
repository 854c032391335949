/* SPDX-License-Identifier: MIT */
#include "vault/members/heard.h"

#include "util/cleanup.h"
#include "util/vec.h"

#include <string.h>

/* take: what a body of a known kind says. */
static err_t take(struct id vault, const struct statement *body, struct heard *s)
{
	s->known = true;
	s->who = body->who;
	s->pin = body->pin;
	s->confirmed = body->confirmed;
	s->rules = body->rules;
	if (s->as.kind == SIGNER_REVOKE)
		s->about = body->id;
	if (s->as.kind == SIGNER_SLOT)
		s->replaces = body->id;
	return heard_lets_in(s) ? signer_id(vault, &s->who, &s->about) : ERR_OK;
}

err_t heard_read(struct id vault, struct span bytes, struct heard *ret)
{
	cleanup(statement_free) struct statement body = { 0 };
	struct heard s = { .bytes = bytes };
	if (!signer_statement(bytes, &s.as))
		return ERR_DAMAGED;
	err_t e = statement_get_body(&s.as, &body);
	if (!e)
		e = take(vault, &body, &s);
	if (!e || e == ERR_NOTFOUND) /* of a kind that is not known */
		e = signer_statement_hash(bytes, &s.hash);
	if (!e)
		*ret = s;
	return e;
}

err_t heard_ends(const struct heard *s, struct stream_ends *ret)
{
	cleanup(statement_free) struct statement body = { 0 };
	struct stream_ends one = { 0 };
	err_t e = s->known ? statement_get_body(&s->as, &body) : ERR_OK;
	if (!e && s->as.kind == SIGNER_CLOSE && !vec_room(one.v, 0, 1, &one.cap))
		e = ERR_NOMEM;
	if (e)
		return e;
	if (one.cap) {
		one.v[one.n++] = body.end;
		*ret = one;
		return ERR_OK;
	}
	*ret = body.ends;
	body.ends = (struct stream_ends){ 0 };
	return ERR_OK;
}

int heard_cmp(const struct heard *a, const struct heard *b)
{
	int c = id_cmp(a->as.signer, b->as.signer);
	if (c)
		return c;
	if (a->as.number != b->as.number)
		return a->as.number < b->as.number ? -1 : 1;
	return hash_cmp(a->hash, b->hash);
}

void heard_set_free(struct heard_set *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((void *)l->v[i].bytes.p);
	free(l->v);
	*l = (struct heard_set){ .vault = l->vault };
}

err_t heard_set_add(struct heard_set *l, struct span bytes)
{
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	cleanup_free uint8_t *own = malloc(bytes.len + !bytes.len);
	if (!own)
		return ERR_NOMEM;
	if (bytes.len)
		memcpy(own, bytes.p, bytes.len);
	err_t e = heard_read(l->vault, SPAN(own, bytes.len), &l->v[l->n]);
	if (e)
		return e;
	(void)steal_ptr(own);
	l->n++;
	return ERR_OK;
}

void heard_set_only(struct heard_set *l, bool (*keep)(void *ctx, const struct heard *s), void *ctx)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (keep(ctx, &l->v[i]))
			l->v[n++] = l->v[i];
		else
			free((void *)l->v[i].bytes.p);
	}
	l->n = n;
}
