/* SPDX-License-Identifier: MIT */
#include "vault/windows/child.h"

#include "util/cleanup.h"
#include "vault/windows/plain.h"
#include "vault/windows/window.h"
#include "vault/windows/window_list.h"

#define ALL ((struct window_range){ 0, UINT32_MAX, SIZE_MAX })

err_t child_inherit(struct records *out, struct id content, const struct content_rec *of)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = SHARED_CONTENT, .id = content });
	err_t e = content_put(&value, of);
	return e ? e : plain_put(out, vault_key_span(&k), buf_span(&value));
}

err_t child_first(struct records *out, struct id content)
{
	return child_inherit(out, content, &(struct content_rec){ 0 });
}

/* count_windows: of each content of the chain, up to `max`. */
static err_t count_windows(const struct view *v, const struct chain *c, size_t count[CHAIN_MAX])
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < c->n; i++) {
		cleanup(window_list_free) struct window_list l = { 0 };
		e = window_list_own(v, c->v[i].content, ALL, &l);
		count[i] = l.n;
	}
	return e;
}

/* choose_parent: index in a chain that is as long as it may be; c->n: none of them. */
static err_t choose_parent(const struct view *v, const struct chain *c, size_t *ret)
{
	size_t count[CHAIN_MAX], before = 0, i = 0;
	err_t e = count_windows(v, c, count);
	if (e)
		return e;
	do
		before += count[i++];
	while (i < c->n && count[i] < 2 * before);
	*ret = i;
	return ERR_OK;
}

/* take_windows: those of the contents before `parent` become the child's own, as the first of the chain reads them. */
static err_t take_windows(const struct view *v, const struct chain *c, const struct chain *child, size_t parent,
                          struct records *out)
{
	cleanup(window_list_free) struct window_list l = { 0 };
	struct chain young = *c;
	young.n = parent;
	err_t e = window_list_make(v, &young, ALL, &l);
	for (size_t i = 0; !e && i < l.n; i++) {
		cleanup(window_extents_free) struct window_extents w = { 0 };
		e = window_read(v, c, l.v[i], &w);
		if (!e)
			e = window_write(out, child, l.v[i], &w);
	}
	return e;
}

/* flatten: the chain is as long as it may be: the child stands on an older one. */
static err_t flatten(const struct view *v, struct id child, const struct chain *c, struct records *out)
{
	size_t parent;
	err_t e = choose_parent(v, c, &parent);
	if (e)
		return e;
	struct content_rec of = { 0 };
	struct chain made = { .v = { { child, UINT64_MAX } }, .n = 1 };
	if (parent < c->n) {
		of = (struct content_rec){ true, c->v[parent].content, c->v[parent].upto };
		made.v[made.n++] = c->v[parent];
	}
	e = child_inherit(out, child, &of);
	return e ? e : take_windows(v, c, &made, parent, out);
}

err_t child_make(const struct view *v, struct id child, const struct content_rec *of, struct records *out)
{
	struct chain c;
	if (!of->has_parent || !of->inherited)
		return child_first(out, child);
	err_t e = chain_load(v, of->parent, &c);
	if (e)
		return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
	if (c.n < CHAIN_MAX)
		return child_inherit(out, child, of);
	for (size_t i = 0; i < c.n; i++)
		c.v[i].upto = MIN(c.v[i].upto, of->inherited);
	return flatten(v, child, &c, out);
}

static err_t shorten_window(const struct view *v, const struct chain *c, uint32_t window, uint64_t size,
                            struct records *out)
{
	cleanup(window_extents_free) struct window_extents w = { 0 };
	uint64_t start = (uint64_t)window * CONTENT_WINDOW;
	if (start >= size)
		return window_drop(out, c->v[0].content, window);
	err_t e = window_own(v, c->v[0].content, window, &w);
	window_cut(&w, size - start);
	return e ? e : window_write(out, c, window, &w);
}

err_t child_shorten(const struct view *v, const struct chain *c, uint64_t size, struct records *out)
{
	cleanup(window_list_free) struct window_list l = { 0 };
	struct window_range from = { (uint32_t)MIN(size / CONTENT_WINDOW, UINT32_MAX), UINT32_MAX, SIZE_MAX };
	err_t e = ERR_OK;
	if (c->n > 1 && size < c->v[1].upto)
		e = child_inherit(out, c->v[0].content, &(struct content_rec){ size > 0, c->v[1].content, size });
	if (!e)
		e = window_list_own(v, c->v[0].content, from, &l);
	for (size_t i = 0; !e && i < l.n; i++)
		e = shorten_window(v, c, l.v[i], size, out);
	return e;
}

err_t child_drop(const struct view *v, struct id content, size_t max, struct records *out, bool *more)
{
	cleanup(window_list_free) struct window_list l = { 0 };
	struct window_range some = { 0, UINT32_MAX, max < SIZE_MAX ? max + 1 : max };
	err_t e = window_list_own(v, content, some, &l);
	for (size_t i = 0; !e && i < MIN(l.n, max); i++)
		e = window_drop(out, content, l.v[i]);
	if (e)
		return e;
	*more = l.n > max;
	struct vault_key k = vault_key_of(&(struct vault_name){ .kind = SHARED_CONTENT, .id = content });
	return *more ? ERR_OK : records_gone(out, vault_key_span(&k));
}
