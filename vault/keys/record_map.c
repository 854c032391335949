/* SPDX-License-Identifier: MIT */
#include "vault/keys/record_map.h"

#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"

err_t record_map_get(const struct view *v, const struct vault_name *n, struct buf *value, struct record *ret)
{
	struct vault_key key = vault_key_of(n);
	err_t e = v->get(v->ctx, vault_key_span(&key), value);
	if (!e)
		e = record_decode(buf_span(value), ret);
	return e;
}

err_t record_map_each(const struct record *r, uint16_t number, record_map_fn fn, void *ctx)
{
	const struct group_node *g = group_find(group_all(r), number);
	struct nodes keys = g && g->class == GROUP_MAP ? group_inside(g) : (struct nodes){ 0 };
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size) {
		err_t e = fn(ctx, k->bytes);
		if (e != ERR_NOTFOUND && e != ERR_DAMAGED)
			return e;
	}
	return ERR_NOTFOUND;
}

void record_map_add(struct record *r, uint16_t number, struct span bytes)
{
	size_t map = group_open(r, number, GROUP_MAP, STAMP_ZERO);
	group_close(r, group_key(r, STAMP_ZERO, bytes));
	group_close(r, map);
}
