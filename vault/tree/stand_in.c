/* SPDX-License-Identifier: MIT
 * There are a few at most.
 */
#include "vault/tree/stand_in.h"

#include "util/vec.h"

#include <stdlib.h>
#include <string.h>

void stand_ins_free(struct stand_ins *s)
{
	free(s->v);
	*s = (struct stand_ins){ 0 };
}

err_t stand_ins_copy(const struct stand_ins *from, struct stand_ins *ret)
{
	struct stand_ins to = { 0 };
	if (from->n && !vec_room(to.v, to.n, from->n, &to.cap))
		return ERR_NOMEM;
	if (from->n)
		memcpy(to.v, from->v, from->n * sizeof(*to.v));
	to.n = from->n;
	*ret = to;
	return ERR_OK;
}

err_t stand_in_add(struct stand_ins *s, uint64_t number, uint64_t as)
{
	if (!vec_room(s->v, s->n, 1, &s->cap))
		return ERR_NOMEM;
	for (size_t i = 0; i < s->n; i++)
		s->v[i].past |= s->v[i].number == number;
	s->v[s->n++] = (struct stand_in){ .number = number, .as = as };
	return ERR_OK;
}

void stand_ins_drop(struct stand_ins *s, bool (*known)(void *ctx, uint64_t number), void *ctx)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct stand_in x = s->v[i];
		if (known(ctx, x.as) || (!x.past && known(ctx, x.number)))
			s->v[n++] = x;
	}
	s->n = n;
}

uint64_t stand_in_as(const struct stand_ins *s, uint64_t number)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (s->v[i].number == number && !s->v[i].past)
			return s->v[i].as;
	return number;
}

uint64_t stand_in_recorded(const struct stand_ins *s, uint64_t number)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (s->v[i].as == number)
			return s->v[i].number;
	return number;
}

uint64_t stand_in_meant(const struct stand_ins *s, uint64_t number)
{
	uint64_t derived = stand_in_recorded(s, number);
	return stand_in_as(s, derived) == number ? derived : 0;
}

bool stand_in_is(const struct stand_ins *s, uint64_t number)
{
	bool ret = false;
	for (size_t i = 0; s && i < s->n; i++)
		ret |= s->v[i].number == number || s->v[i].as == number;
	return ret;
}
