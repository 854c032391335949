/* SPDX-License-Identifier: MIT */
#include "vault/windows/chain.h"

#include "util/cleanup.h"
#include "vault/windows/plain.h"

err_t chain_find(const struct view *v, struct id content, struct content_rec *ret)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct span value;
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = SHARED_CONTENT, .id = content });
	err_t e = plain_get(v, vault_key_span(&k), &raw, &value);
	if (e)
		return e;
	return content_get(value, ret) ? ERR_OK : ERR_DAMAGED;
}

/* add_parent: of the last one; *more: it has one. */
static err_t add_parent(const struct content_rec *c, struct chain *ret, bool *more)
{
	struct chain_link *last = &ret->v[ret->n - 1];
	*more = c->has_parent && last->upto > 0;
	if (!*more)
		return ERR_OK;
	if (ret->n == CHAIN_MAX)
		return ERR_DAMAGED;
	ret->v[ret->n++] = (struct chain_link){ c->parent, MIN(last->upto, c->inherited) };
	return ERR_OK;
}

err_t chain_load(const struct view *v, struct id content, struct chain *ret)
{
	struct chain c = { .v = { { content, UINT64_MAX } }, .n = 1 };
	bool more = true;
	while (more) {
		struct content_rec at;
		err_t e = chain_find(v, c.v[c.n - 1].content, &at);
		if (e == ERR_NOTFOUND && c.n > 1)
			e = ERR_DAMAGED;
		if (!e)
			e = add_parent(&at, &c, &more);
		if (e)
			return e;
	}
	*ret = c;
	return ERR_OK;
}

bool chain_inherits(const struct chain *c, uint32_t window)
{
	return c->n > 1 && (uint64_t)window * CONTENT_WINDOW < c->v[1].upto;
}
