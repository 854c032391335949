/* SPDX-License-Identifier: MIT */
#include "vault/windows/window.h"

#include "util/cleanup.h"
#include "vault/windows/plain.h"

static struct vault_key key_of(struct id content, uint32_t window)
{
	return vault_key_of(&(struct vault_name){ .kind = SHARED_EXTENTS, .id = content, .number = window });
}

err_t window_own(const struct view *v, struct id content, uint32_t window, struct window_extents *ret)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct span value;
	struct vault_key k = key_of(content, window);
	err_t e = plain_get(v, vault_key_span(&k), &raw, &value);
	return e ? e : content_get_extents(value, ret);
}

void window_cut(struct window_extents *w, uint64_t end)
{
	while (w->n && w->v[w->n - 1].start >= end)
		w->n--;
	if (!w->n)
		return;
	struct window_extent *last = &w->v[w->n - 1];
	last->length = (uint32_t)MIN(last->length, end - last->start);
}

err_t window_read(const struct view *v, const struct chain *c, uint32_t window, struct window_extents *ret)
{
	struct window_extents w = { 0 };
	uint64_t start = (uint64_t)window * CONTENT_WINDOW;
	err_t e = ERR_NOTFOUND;
	for (size_t i = 0; e == ERR_NOTFOUND && i < c->n && start < c->v[i].upto; i++) {
		e = window_own(v, c->v[i].content, window, &w);
		if (!e)
			window_cut(&w, c->v[i].upto - start);
	}
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = w;
	return ERR_OK;
}

err_t window_write(struct records *out, const struct chain *c, uint32_t window, const struct window_extents *w)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct vault_key k = key_of(c->v[0].content, window);
	if (!w->n && !chain_inherits(c, window))
		return records_gone(out, vault_key_span(&k));
	err_t e = content_put_extents(&value, w);
	return e ? e : plain_put(out, vault_key_span(&k), buf_span(&value));
}

err_t window_drop(struct records *out, struct id content, uint32_t window)
{
	struct vault_key k = key_of(content, window);
	return records_gone(out, vault_key_span(&k));
}
