/* SPDX-License-Identifier: MIT */
#include "vault/work/parted.h"

#include "util/cleanup.h"
#include "vault/shown/asked.h"
#include "vault/work/kept.h"
#include "vault/work/parts.h"

struct part {
	const struct context *after;
	const struct tree *t;
	const struct parting *p;
};

/* shows: what a number shows; *ret is NULL if it is nothing. x: the entry; of what is hidden behind an equal one, that.
 */
static err_t shows(const struct part *d, uint64_t number, const struct tree_entry **x, const struct tree_version **ret)
{
	const struct tree_file *f;
	*ret = NULL;
	err_t e = tree_number(d->t, number, x);
	if (e || !*x)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	*ret = (*x)->version;
	if ((*x)->sibling || (*x)->ino == tree_meant(d->t, number))
		return ERR_OK;
	e = tree_file(d->t, tree_meant(d->t, number), &f);
	if (!e)
		*ret = &f->versions[0];
	return e;
}

static err_t add_name(const struct part *d, const struct tree_entry *x)
{
	return clusters_add_name(d->after, (struct listed){ x->dir, x->name }, d->p->names);
}

/* add_names: all that stand for the number. */
static err_t add_names(const struct part *d, const struct tree_entry *x)
{
	const struct tree_file *f;
	if (x->sibling)
		return add_name(d, x);
	err_t e = tree_file(d->t, x->ino, &f);
	for (size_t i = 0; !e && i < f->links_n; i++) {
		const struct tree_entry *at;
		e = tree_link_entry(d->t, &f->links[i], &at);
		if (!e && at)
			e = add_name(d, at);
	}
	return e;
}

static err_t stand_in(const struct part *d, uint64_t shown, const struct tree_entry *x)
{
	const uint64_t number = tree_meant(d->t, shown);
	uint64_t as;
	struct id birth;
	if (stand_in_as(d->p->next, number) != shown)
		return ERR_OK; /* it has one: another file that is open goes on under the same number */
	err_t e = d->p->numbers->ino(d->p->numbers->ctx, STAMP_ZERO, &as, &birth);
	if (!e)
		e = stand_in_add(d->p->next, number, as);
	if (!e)
		e = u64s_add(d->p->numbers_parted, shown);
	return e ? e : add_names(d, x);
}

static err_t look_at(const struct part *d, struct act_handle *h)
{
	const struct tree_entry *x;
	const struct tree_version *v;
	const struct work_told *told = d->p->told;
	if (h->unlinked || !tree_meant(d->t, h->shown))
		return ERR_OK;
	if (h->outdone && h->number != h->shown) /* who wrote there goes on there; this one writes a new file */
		return ERR_OK;
	err_t e = shows(d, h->shown, &x, &v);
	if (e || (v && !version_id_cmp(v->id, h->version)))
		return e;
	if (!told->open(told->ctx, h->number)) {
		h->left = true;
		return ERR_OK;
	}
	h->parting = true;
	return v ? stand_in(d, h->shown, x) : ERR_OK;
}

/* look_at_nameless: what was removed, and is open, is shown again: by others who had not seen the removal. */
static err_t look_at_nameless(const struct part *d, const struct u64s *numbers)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < numbers->n; i++) {
		const struct tree_entry *x;
		const struct tree_version *v;
		e = shows(d, numbers->v[i], &x, &v);
		if (!e && v)
			e = stand_in(d, numbers->v[i], x);
	}
	return e;
}

/* with_it: whoever goes on in what a number showed that is parted for another one. */
static void with_it(const struct parting *p)
{
	u64s_sort(p->numbers_parted);
	for (struct act_handle *h = p->handles; h; h = h->next)
		h->parting |= u64s_has(p->numbers_parted, h->shown);
}

err_t parted_find(const struct context *after, const struct tree_naming *naming, const struct parting *p)
{
	cleanup(tree_freep) struct tree *t = NULL;
	cleanup(u64s_free) struct u64s nameless = { 0 };
	err_t e = p->told->nameless(p->told->ctx, &nameless);
	if (e || (!p->handles && !nameless.n))
		return e;
	e = asked_tree(after, naming, &t);
	const struct part d = { after, t, p };
	if (!e)
		e = look_at_nameless(&d, &nameless);
	for (struct act_handle *h = p->handles; !e && h; h = h->next) {
		h->parting = h->left = false;
		e = look_at(&d, h);
	}
	with_it(p);
	return e;
}

void parted_end(struct act_handle *handles, bool applied)
{
	for (struct act_handle *h = handles; h; h = h->next) {
		h->parted |= applied && h->parting;
		h->left &= applied;
		h->parting = false;
	}
}

bool parted_any(const struct work *w)
{
	return w->stand_ins.n != 0;
}

void parted_forget(struct work *w)
{
	if (!w->told.used || !w->stand_ins.n)
		return;
	kept_drop(w);
	stand_ins_drop(&w->stand_ins, w->told.used, w->told.ctx);
}
