/* SPDX-License-Identifier: MIT */
#include "vault/shown/asked.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/shown/asked_dir.h"
#include "vault/shown/asked_inode.h"
#include "vault/tree/index.h"
#include "vault/tree/live.h"

#include <stdlib.h>
#include <string.h>

#define ANSWERS_MOST 16 /* they are looked through one by one */

/* -- names ------------------------------------------------------------------------------------------------------- */

/* What claims the name in a directory. */
struct bucket_of {
	struct claims claims;
	bool special;      /* `part` tells how they are shown; else it is at most one claim, shown as it is recorded */
	struct tree *part; /* NULL: nothing can be shown under the name that is recorded under another */
};

static void bucket_free(struct bucket_of *b)
{
	claims_free(&b->claims);
}

/* One directory or file with one version, in one member: nothing meets. */
static err_t is_special(const struct context *c, const struct asked_dir *d, uint64_t hash, size_t claims, bool *ret)
{
	*ret = d->members.n > 1 && claims > 1;
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && !*ret && claims && i < d->members.n; i++)
		e = context_there(c, shown_key_2(SHOWN_SPECIAL, d->members.v[i], hash), ret);
	return e;
}

/* May something of the cluster have a conflict name? */
static err_t has_losers(const struct context *c, const struct asked_dir *d, uint64_t hash, bool *ret)
{
	*ret = d->members.n > 1;
	return *ret ? ERR_OK : context_has(c, shown_key_cluster(SHOWN_SPECIAL, d->dir.ino, hash), ret);
}

static bool is_claimed(const struct claims *claims, struct span text)
{
	for (size_t i = 0; i < claims->n; i++)
		if (span_cmp(SPAN(claims->v[i].name.b, claims->v[i].name.len), text) == 0)
			return true;
	return false;
}

/* A recorded name is never a conflict name of something else. */
static err_t look(const struct tree *t, struct asked_dir *d, struct span text, struct bucket_of *ret)
{
	const struct context *c = &asked_of(t)->c;
	uint64_t hash;
	ret->part = NULL;
	err_t e = shown_hash(c->hash, text, &hash);
	for (size_t i = 0; e == ERR_OK && i < d->members.n; i++)
		e = context_claims(c, d->members.v[i], hash, &ret->claims);
	if (e == ERR_OK)
		e = is_special(c, d, hash, ret->claims.n, &ret->special);
	bool ask = ret->special;
	if (e == ERR_OK && !ask && conflict_marked(text) && !is_claimed(&ret->claims, text))
		e = has_losers(c, d, hash, &ask);
	return e == ERR_OK && ask ? asked_dir_cluster(t, d, hash, &ret->part) : e;
}

static size_t name_place(const struct asked_dir *d, struct span text)
{
	size_t low = 0, high = d->names_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct name *n = &d->names[mid]->name;
		if (span_cmp(SPAN(n->b, n->len), text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static err_t fill_entry(const struct tree *t, const struct asked_dir *d, const struct claim *claim,
                        struct asked_name *n)
{
	const struct tree_file *f;
	const struct span text = SPAN(n->name.b, n->name.len);
	n->entry = (struct tree_entry){ .dir = d->dir.ino, .name = text, .type = claim->type, .ino = claim->ino };
	n->entry.recorded = text;
	if (claim->type == TYPE_DIR)
		return ERR_OK;
	err_t e = asked_file(t, claim->ino, &f);
	if (e != ERR_OK || !f->shown_n)
		return e == ERR_OK || e == ERR_NOTFOUND ? ERR_DAMAGED : e;
	n->entry.lid = claim->lid;
	n->entry.version = &f->versions[0];
	return ERR_OK;
}

/* A claim that stands alone. Of a directory the entry is that of the directory. */
static err_t enter(const struct tree *t, struct asked_dir *d, const struct claim *claim, const struct tree_entry **ret)
{
	const struct span text = SPAN(claim->name.b, claim->name.len);
	size_t at = name_place(d, text);
	if (at == d->names_n || name_cmp(&d->names[at]->name, &claim->name)) {
		cleanup_free struct asked_name *n = calloc(1, sizeof(*n));
		if (!n || !vec_room(d->names, d->names_n, 1, &d->names_cap))
			return ERR_NOMEM;
		n->name = claim->name;
		err_t e = fill_entry(t, d, claim, n);
		if (e != ERR_OK)
			return e;
		memmove(&d->names[at + 1], &d->names[at], (d->names_n - at) * sizeof(struct asked_name *));
		d->names[at] = steal_ptr(n);
		d->names_n++;
	}
	*ret = &d->names[at]->entry;
	return ERR_OK;
}

/* find_among: of what was looked up. */
static err_t find_among(const struct tree *t, struct asked_dir *d, struct span text, const struct bucket_of *b,
                        const struct tree_entry **ret)
{
	if (b->part) {
		err_t e = tree_lookup(b->part, d->dir.ino, text, ret);
		if (e != ERR_NOTFOUND)
			return e;
	}
	if (b->claims.n != 1 || span_cmp(SPAN(b->claims.v[0].name.b, b->claims.v[0].name.len), text))
		return ERR_NOTFOUND;
	return enter(t, d, &b->claims.v[0], ret);
}

static err_t find_in(const struct tree *t, struct asked_dir *d, struct span text, const struct tree_entry **ret)
{
	cleanup(bucket_free) struct bucket_of b = { 0 };
	err_t e = look(t, d, text, &b);
	return e == ERR_OK ? find_among(t, d, text, &b, ret) : e;
}

static const struct asked_answer *find_answer(const struct asked_dir *d, struct span text)
{
	for (size_t i = 0; i < d->answers_n; i++)
		if (span_cmp(SPAN(d->answers[i].name.b, d->answers[i].name.len), text) == 0)
			return &d->answers[i];
	return NULL;
}

static err_t keep_answer(struct asked_dir *d, struct span text, const struct tree_entry *entry)
{
	if (d->answers_n == ANSWERS_MOST || text.len > NAME_BYTES)
		return ERR_OK;
	if (!vec_room(d->answers, d->answers_n, 1, &d->answers_cap))
		return ERR_NOMEM;
	struct asked_answer *a = &d->answers[d->answers_n++];
	a->entry = entry;
	a->name.len = (uint8_t)text.len;
	if (text.len)
		memcpy(a->name.b, text.p, text.len);
	return ERR_OK;
}

/* Entries stay where they are, as long as the tree does. */
static err_t lookup_in(const struct tree *t, struct asked_dir *d, struct span text, const struct tree_entry **ret)
{
	const struct asked_answer *known = find_answer(d, text);
	const struct tree_entry *found = known ? known->entry : NULL;
	err_t e = known ? ERR_OK : find_in(t, d, text, &found);
	if (!known && (e == ERR_OK || e == ERR_NOTFOUND))
		e = keep_answer(d, text, found);
	if (e == ERR_OK && !found)
		e = ERR_NOTFOUND;
	if (e == ERR_OK)
		*ret = found;
	return e;
}

/* -- the answers --------------------------------------------------------------------------------------------------- */

static err_t answer_dir(const struct tree *t, uint64_t ino, const struct tree_dir **ret)
{
	struct asked_dir *d;
	err_t e = asked_dir_find(t, ino, &d);
	if (e == ERR_OK)
		*ret = &d->dir;
	return e;
}

static err_t answer_lookup(const struct tree *t, uint64_t dir, struct span name, const struct tree_entry **ret)
{
	struct asked_dir *d;
	err_t e = asked_dir_find(t, dir, &d);
	return e == ERR_OK ? lookup_in(t, d, name, ret) : e;
}

static err_t visit_namesakes(const struct tree *t, struct asked_dir *d, struct span name, tree_visit fn, void *ctx)
{
	cleanup(bucket_free) struct bucket_of b = { 0 };
	const struct tree_entry *x;
	err_t e = look(t, d, name, &b);
	if (e != ERR_OK || b.special)
		return e == ERR_OK ? tree_children(b.part, d->dir.ino, fn, ctx) : e;
	e = lookup_in(t, d, name, &x);
	if (e == ERR_OK)
		e = fn(ctx, x);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* What leans on a name is of its cluster. */
static err_t visit_leaning(const struct tree *t, struct asked_dir *d, struct span name, tree_visit fn, void *ctx)
{
	struct tree *part;
	uint64_t hash;
	bool any;
	err_t e = shown_hash(asked_of(t)->c.hash, name, &hash);
	if (e == ERR_OK)
		e = has_losers(&asked_of(t)->c, d, hash, &any);
	if (e != ERR_OK || !any)
		return e;
	e = asked_dir_cluster(t, d, hash, &part);
	return e == ERR_OK ? tree_children(part, d->dir.ino, fn, ctx) : e;
}

static err_t answer_children(const struct tree *t, uint64_t dir, const struct tree_pick *pick, tree_visit fn, void *ctx)
{
	struct asked_dir *d;
	struct tree *all;
	err_t e = asked_dir_find(t, dir, &d);
	if (e != ERR_OK)
		return e;
	if (pick->what == TREE_NAMESAKES)
		return visit_namesakes(t, d, pick->name, fn, ctx);
	if (pick->what == TREE_LEANING)
		return visit_leaning(t, d, pick->name, fn, ctx);
	e = asked_dir_all(t, d, &all);
	return e == ERR_OK ? tree_children(all, d->dir.ino, fn, ctx) : e;
}

/* Directories in which something may have a conflict name. */
static err_t list_conflicts(const struct context *c, struct u64s *ret)
{
	cleanup(u64s_free) struct u64s dirs = { 0 };
	err_t e = context_numbers(c, shown_key(SHOWN_SPECIAL, NULL, 0), 0, &dirs);
	if (e == ERR_OK)
		e = context_numbers(c, shown_key(SHOWN_MEMBERS, NULL, 0), 0, &dirs);
	for (size_t i = 0; e == ERR_OK && i < dirs.n; i++) {
		cleanup(u64s_free) struct u64s members = { 0 };
		e = context_members(c, dirs.v[i], &members);
		if (e == ERR_OK)
			e = u64s_add(ret, members.v[0]);
	}
	return e;
}

struct conflicts {
	tree_visit fn;
	void *ctx;
};

static err_t visit_conflict(void *ctx, const struct tree_entry *x)
{
	const struct conflicts *c = ctx;
	return x->counter ? c->fn(c->ctx, x) : ERR_OK;
}

static err_t visit_losers(const struct tree *t, uint64_t dir, struct conflicts *c)
{
	struct asked_dir *d;
	struct tree *losers;
	err_t e = asked_dir_find(t, dir, &d);
	if (e == ERR_OK)
		e = asked_dir_losers(t, d, &losers);
	return e == ERR_OK ? tree_children(losers, dir, visit_conflict, c) : e;
}

static err_t answer_conflicts(const struct tree *t, tree_visit fn, void *ctx)
{
	cleanup(u64s_free) struct u64s dirs = { 0 };
	struct conflicts c = { fn, ctx };
	err_t e = list_conflicts(&asked_of(t)->c, &dirs);
	u64s_sort(&dirs);
	for (size_t i = 0; e == ERR_OK && i < dirs.n; i++)
		e = visit_losers(t, dirs.v[i], &c);
	return e;
}

/* The directory that shows a link of a file. */
static err_t dir_of(const struct tree *t, const struct tree_link *l, struct asked_dir **ret)
{
	const struct alone *one;
	err_t e = asked_inode(t, l->ino, &one);
	return e == ERR_OK ? asked_dir_find(t, live_directory(one->t, l)->ino, ret) : e;
}

static err_t link_entry_of_dir(const struct tree *t, const struct tree_link *l, const struct tree_entry **ret)
{
	struct asked_dir *d;
	err_t e = asked_dir_find(t, l->ino, &d);
	if (e == ERR_OK)
		*ret = d->dir.entry;
	return e;
}

/* find_link: of a file, in the directory that shows the link. */
static err_t find_link(const struct tree *t, struct asked_dir *d, const struct tree_link *l,
                       const struct tree_entry **ret)
{
	cleanup(bucket_free) struct bucket_of b = { 0 };
	err_t e = look(t, d, l->name, &b);
	const struct tree_link *there = e == ERR_OK && b.special ? index_link(b.part, l->ino, l->lid) : NULL;
	if (there) {
		*ret = there->entry;
		return ERR_OK;
	}
	if (e == ERR_OK)
		e = find_among(t, d, l->name, &b, ret);
	return e == ERR_OK ? keep_answer(d, l->name, *ret) : e;
}

/* is_of: a link that its recorded name shows has no other entry. */
static bool is_of(const struct asked_answer *a, const struct tree_link *l)
{
	const struct tree_entry *x = a->entry;
	const bool file = x && x->version && !x->sibling;
	return file && x->ino == l->ino && x->lid == l->lid;
}

static err_t link_entry_of_file(const struct tree *t, const struct tree_link *l, const struct tree_entry **ret)
{
	struct asked_dir *d;
	err_t e = dir_of(t, l, &d);
	if (e != ERR_OK)
		return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
	const struct asked_answer *known = find_answer(d, l->name);
	if (known && is_of(known, l)) {
		*ret = known->entry;
		return ERR_OK;
	}
	e = find_link(t, d, l, ret);
	return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
}

static err_t answer_link_entry(const struct tree *t, const struct tree_link *l, const struct tree_entry **ret)
{
	const struct alone *one;
	*ret = NULL;
	if (!l->live)
		return ERR_OK;
	err_t e = asked_inode(t, l->ino, &one);
	if (e != ERR_OK)
		return e;
	return one->type == TYPE_DIR ? link_entry_of_dir(t, l, ret) : link_entry_of_file(t, l, ret);
}

static const struct tree_link *first_live(const struct tree_file *f)
{
	for (size_t i = 0; i < f->links_n; i++)
		if (f->links[i].live)
			return &f->links[i];
	return NULL;
}

/* Siblings stand beside the first live link, and are losers there. */
static err_t answer_sibling_entry(const struct tree *t, const struct tree_version *v, const struct tree_entry **ret)
{
	cleanup(bucket_free) struct bucket_of b = { 0 };
	const struct tree_file *f;
	struct asked_dir *d;
	*ret = NULL;
	err_t e = asked_file(t, v->ino, &f);
	const struct tree_link *l = e == ERR_OK && f->shown_n > 1 && v->live ? first_live(f) : NULL;
	if (!l)
		return e;
	e = dir_of(t, l, &d);
	if (e == ERR_OK)
		e = look(t, d, l->name, &b);
	if (e == ERR_OK && b.part)
		e = tree_file(b.part, v->ino, &f);
	for (size_t i = 0; e == ERR_OK && b.part && i < f->shown_n; i++)
		if (version_id_cmp(f->versions[i].id, v->id) == 0 && f->versions[i].home == v->home)
			*ret = f->versions[i].entry;
	return e;
}

static err_t answer_nlink(const struct tree *t, uint64_t ino, unsigned *ret)
{
	const struct tree_file *f;
	unsigned n = 0;
	err_t e = asked_file(t, ino, &f);
	for (size_t i = 0; e == ERR_OK && i < f->links_n; i++) {
		const struct tree_entry *x = NULL;
		e = answer_link_entry(t, &f->links[i], &x);
		n += e == ERR_OK && x && x->ino == ino && x->lid == f->links[i].lid;
	}
	if (e == ERR_OK)
		*ret = n;
	return e;
}

static void answer_free(struct tree *t)
{
	struct asked *a = asked_of(t);
	for (size_t i = 0; i < a->dirs_n; i++)
		asked_dir_free(a->dirs[i]);
	for (size_t i = 0; i < a->inodes_n; i++) {
		alone_free(a->inodes[i]);
		free(a->inodes[i]);
	}
	while (a->links) {
		struct asked_links *l = a->links;
		a->links = l->next;
		free(l);
	}
	free(a->dirs);
	free(a->inodes);
	u64s_free(&a->voided);
	u64s_free(&a->revived);
	free(a);
}

static const struct tree_reader reader = {
	.dir = answer_dir,
	.is_empty = asked_dir_is_empty,
	.lookup = answer_lookup,
	.children = answer_children,
	.conflicts = answer_conflicts,
	.file = asked_file,
	.link = asked_link,
	.link_entry = answer_link_entry,
	.sibling_entry = answer_sibling_entry,
	.split_from = asked_split_from,
	.nlink = answer_nlink,
	.is_revived = asked_dir_is_revived,
	.voided = asked_dir_voided,
	.revived = asked_revived,
	.hangs_in = asked_dir_hangs_in,
	.bound = asked_bound,
	.free = answer_free,
};

err_t asked_tree(const struct context *c, const struct tree_naming *naming, struct tree **ret)
{
	struct asked *a = calloc(1, sizeof(*a));
	if (!a)
		return ERR_NOMEM;
	a->tree.reader = &reader;
	a->tree.naming = *naming;
	a->c = *c;
	a->c.last = &a->last;
	a->c.path = &a->path;
	*ret = &a->tree;
	return ERR_OK;
}

static err_t get_nothing(void *ctx, struct span key, struct buf *out)
{
	(void)ctx, (void)key, (void)out;
	return ERR_INVAL;
}

static err_t scan_nothing(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg)
{
	(void)ctx, (void)prefix, (void)from, (void)fn, (void)arg;
	return ERR_INVAL;
}

void asked_close(struct tree *t)
{
	static const struct view nothing = { get_nothing, scan_nothing, NULL };
	asked_of(t)->c.shared = asked_of(t)->c.local = &nothing;
}
