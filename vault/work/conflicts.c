/* SPDX-License-Identifier: MIT */
#include "vault/work/conflicts.h"

#include "util/cleanup.h"
#include "vault/shown/asked.h"
#include "vault/work/parts.h"

#include <sys/stat.h>

struct visit {
	const struct tree *t;
	uint64_t top;
	bool all, is_dir; /* top is the root; a directory */
	work_conflict_visit fn;
	void *ctx;
};

/* find_holder: what has the name; nothing may. */
static err_t find_holder(const struct tree *t, const struct tree_entry *x, struct work_conflict *c)
{
	const struct tree_entry *holder;
	err_t e = tree_lookup(t, x->dir, x->recorded, &holder);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	c->holder_type = holder->type;
	c->version = x->sibling && holder->ino == x->ino;
	return tree_number_of(t, holder, &c->holder);
}

static err_t is_wanted(const struct visit *v, const struct tree_entry *x, const struct work_conflict *c, bool *ret)
{
	*ret = v->all || c->ino == v->top || c->holder == v->top;
	return *ret || !v->is_dir ? ERR_OK : tree_hangs_in(v->t, x->dir, v->top, ret);
}

static err_t tell(const struct visit *v, const struct tree_entry *x, struct work_conflict *c)
{
	cleanup(buf_free) struct buf path = BUF_INIT;
	err_t e = tree_path(v->t, x->dir, &path);
	buf_u8(&path, '/');
	buf_put(&path, x->name.p, x->name.len);
	if (!e)
		e = buf_ok(&path);
	c->path = buf_span(&path);
	return e ? e : v->fn(v->ctx, c);
}

static err_t visit_one(void *ctx, const struct tree_entry *x)
{
	const struct visit *v = ctx;
	struct work_conflict c = { .type = x->type, .name = x->recorded };
	bool wanted;
	if (x->version) {
		c.stream = x->version->root.stamp.stream;
		c.time = x->version->root_time;
	}
	err_t e = tree_number_of(v->t, x, &c.ino);
	if (!e)
		e = find_holder(v->t, x, &c);
	if (!e)
		e = is_wanted(v, x, &c, &wanted);
	return e || !wanted ? e : tell(v, x, &c);
}

err_t work_conflicts(struct work *w, uint64_t top, work_conflict_visit fn, void *ctx)
{
	const struct context c = { changeset_shown(w->changeset), &w->local, w->cfg.hash };
	cleanup(tree_freep) struct tree *t = NULL;
	struct work_number n;
	err_t e = work_number(w, top, &n);
	if (!e)
		e = asked_tree(&c, &w->naming, &t);
	if (e)
		return e;
	struct visit v = { t, n.ino, n.ino == INO_ROOT, n.type == S_IFDIR >> 12, fn, ctx };
	return tree_conflicts(t, visit_one, &v);
}
