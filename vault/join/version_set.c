/* SPDX-License-Identifier: MIT */
#include "vault/join/version_set.h"

#include "util/vec.h"

#include <stdlib.h>
#include <string.h>

/* place_of: where it is, or belongs. */
static size_t place_of(const struct version_set *s, struct version_id id)
{
	size_t low = 0, high = s->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (version_id_cmp(s->v[mid], id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool version_set_has(const struct version_set *s, struct version_id id)
{
	size_t at = place_of(s, id);
	return at < s->n && version_id_cmp(s->v[at], id) == 0;
}

bool version_set_add(struct version_set *s, struct version_id id)
{
	size_t at = place_of(s, id);
	if (version_set_has(s, id))
		return true;
	if (!vec_room(s->v, s->n, 1, &s->cap))
		return false;
	memmove(s->v + at + 1, s->v + at, (s->n - at) * sizeof(*s->v));
	s->v[at] = id;
	s->n++;
	return true;
}

bool version_set_unite(struct version_set *s, const struct version_set *more)
{
	for (size_t i = 0; i < more->n; i++)
		if (!version_set_add(s, more->v[i]))
			return false;
	return true;
}

void version_set_free(struct version_set *s)
{
	free(s->v);
	*s = (struct version_set){ 0 };
}

err_t version_set_read(struct nodes list, uint16_t number, struct version_set *s, bool *odd)
{
	const struct group_node *g = group_find(list, number);
	struct nodes keys = g && g->class == GROUP_MAP ? group_inside(g) : (struct nodes){ 0 };
	*odd |= g && g->class != GROUP_MAP;
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size) {
		bool fine = k->bytes.len == ID_LEN;
		*odd |= !fine || !group_only(group_inside(k), 0);
		if (fine && !version_set_add(s, (struct version_id){ k->stamp, id_from(k->bytes.p) }))
			return ERR_NOMEM;
	}
	return ERR_OK;
}

void version_set_write(struct record *r, uint16_t number, const struct version_set *s)
{
	if (s->n == 0)
		return;
	size_t map = group_open(r, number, GROUP_MAP, STAMP_ZERO);
	for (size_t i = 0; i < s->n; i++)
		group_close(r, group_key(r, s->v[i].stamp, id_span(&s->v[i].tag)));
	group_close(r, map);
}
