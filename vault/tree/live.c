/* SPDX-License-Identifier: MIT */
#include "vault/tree/live.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/tree/index.h"
#include "vault/tree/inherit.h"

#include <stdlib.h>

struct saw { /* what the removers of the last links of a file saw */
	struct version_id *v;
	size_t n, cap;
};

static void saw_free(struct saw *s)
{
	free(s->v);
}

static int cmp_saw(const void *a, const void *b)
{
	return version_id_cmp(*(const struct version_id *)a, *(const struct version_id *)b);
}

static err_t saw_more(struct saw *s, const struct tree *t, struct run r)
{
	if (!vec_room(s->v, s->n, r.n, &s->cap))
		return ERR_NOMEM;
	for (size_t i = 0; i < r.n; i++)
		s->v[s->n++] = t->seen.v[r.at + i];
	return ERR_OK;
}

static err_t saw_of_link(struct saw *s, const struct tree *t, const struct more *m)
{
	err_t e = m->has_removal ? saw_more(s, t, m->seen) : ERR_OK;
	for (size_t i = 0; i < m->replaced.n && e == ERR_OK; i++) {
		const struct bound *b = &t->replaced.v[m->replaced.at + i];
		if (index_holds(t, &b->to))
			e = saw_more(s, t, b->seen);
	}
	return e;
}

static err_t saw_of_file(struct saw *s, const struct tree *t, const struct inode *n)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < n->links.n && e == ERR_OK; i++)
		e = saw_of_link(s, t, index_more(t, &t->links.v[n->links.at + i]));
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), cmp_saw);
	return e;
}

static bool was_seen(const struct saw *s, const struct version_id *id)
{
	return s->n && bsearch(id, s->v, s->n, sizeof(*id), cmp_saw);
}

/* Those that are not taken and that nobody saw come first, in their order. Gives how many there are. */
static size_t keep_unseen(struct tree_version *v, size_t n, const struct saw *s, struct tree_version *others)
{
	size_t kept = 0, seen = 0;
	for (size_t i = 0; i < n; i++) {
		v[i].live = !v[i].taken && !was_seen(s, &v[i].id);
		if (v[i].live)
			v[kept++] = v[i];
		else
			others[seen++] = v[i];
	}
	for (size_t i = 0; i < seen; i++)
		v[kept + i] = others[i];
	return kept;
}

/* In a directory that is removed or in one that is, or in none. */
static bool is_buried(const struct tree *t, uint64_t dir)
{
	const struct inode *n = index_node(t, dir);
	return !n || !n->is_dir || n->buried;
}

/* Through which link the newest version was written that no remover saw, gone or not: what is done to a copy must not
 * change it. */
static uint64_t written_via(const struct tree *t, const struct inode *n, const struct saw *s)
{
	for (size_t i = 0; i < n->written.n; i++) {
		const struct written *w = &t->written.v[n->written.at + i];
		if (!was_seen(s, &w->id))
			return w->via;
	}
	return LID_FIRST;
}

static struct tree_link *one_to_revive(struct tree *t, const struct inode *n, uint64_t via)
{
	struct tree_link *best = NULL;
	bool buried_best = true;
	for (size_t i = 0; i < n->links.n; i++) {
		struct tree_link *l = &t->links.v[n->links.at + i];
		bool buried = is_buried(t, l->dir);
		int c = best ? buried_best - buried : 1;
		if (c == 0)
			c = (l->lid == via) - (best->lid == via);
		if (c == 0)
			c = stamp_cmp(l->removed_at, best->removed_at);
		if (c < 0) /* links rise by their number, and of equal ones the greater counts */
			continue;
		best = l;
		buried_best = buried;
	}
	return best;
}

static err_t choose_versions(struct tree *t, struct inode *n, const struct saw *s)
{
	cleanup_free struct tree_version *others = calloc(n->versions.n + 1, sizeof(*others));
	if (!others)
		return ERR_NOMEM;
	n->file.shown_n = keep_unseen(t->versions.v + n->versions.at, n->versions.n, s, others);
	return ERR_OK;
}

static err_t revive(struct tree *t, struct inode *n)
{
	cleanup(saw_free) struct saw s = { 0 };
	err_t e = saw_of_file(&s, t, n);
	if (e == ERR_OK)
		e = choose_versions(t, n, &s);
	if (e != ERR_OK || !n->file.shown_n)
		return e;
	one_to_revive(t, n, written_via(t, n, &s))->live = true;
	n->file.live_n = 1;
	if (n->links.n == 1)
		return ERR_OK;
	if (!vec_room(t->revived.v, t->revived.n, 1, &t->revived.cap))
		return ERR_NOMEM;
	t->revived.v[t->revived.n++] = n->ino;
	return ERR_OK;
}

/* Of a file that is not removed: all, but what is taken of a copy (inherit.h). */
static err_t show_untaken(struct tree *t, struct inode *n)
{
	struct tree_version *v = t->versions.v + n->versions.at;
	bool taken = false;
	for (size_t i = 0; i < n->versions.n; i++) {
		v[i].live = true;
		taken |= v[i].taken;
	}
	n->file.shown_n = n->versions.n;
	err_t e = taken ? choose_versions(t, n, &(struct saw){ 0 }) : ERR_OK;
	if (e != ERR_OK || n->file.shown_n)
		return e;
	for (size_t i = 0; i < n->links.n; i++)
		t->links.v[n->links.at + i].live = false;
	n->file.live_n = 0;
	return ERR_OK;
}

err_t live_file(struct tree *t, struct inode *n)
{
	struct tree_file *f = &n->file;
	*f = (struct tree_file){ .ino = n->ino, .type = n->type, .links_n = n->links.n, .versions_n = n->versions.n };
	f->links = n->links.n ? t->links.v + n->links.at : NULL;
	f->versions = n->versions.n ? t->versions.v + n->versions.at : NULL;
	if (!n->versions.n)
		return ERR_OK;
	size_t live = 0;
	for (size_t i = 0; i < n->links.n; i++) {
		struct tree_link *l = &t->links.v[n->links.at + i];
		l->live = !l->removed;
		live += l->live;
	}
	if (!live && n->links.n)
		return revive(t, n);
	f->live_n = live;
	return show_untaken(t, n);
}

struct inode *live_directory(const struct tree *t, const struct tree_link *l)
{
	struct inode *n = index_node(t, l->dir);
	return n && n->is_dir ? n : &t->nodes.v[NODE_LOST];
}

/* t->files: live links of files, grouped by the directory that each is in. */
static err_t list_files(struct tree *t)
{
	t->files = calloc(t->links.n + 1, sizeof(*t->files));
	cleanup_free struct inode **in = calloc(t->links.n + 1, sizeof(*in));
	if (!t->files || !in)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->links.n; i++) {
		const struct tree_link *l = &t->links.v[i];
		in[i] = l->live ? live_directory(t, l) : NULL;
		if (in[i])
			in[i]->files.n++;
	}
	size_t at = 0;
	for (size_t i = 0; i < t->nodes.n; i++) {
		t->nodes.v[i].files.at = at;
		at += t->nodes.v[i].files.n;
		t->nodes.v[i].files.n = 0;
	}
	for (size_t i = 0; i < t->links.n; i++)
		if (in[i])
			t->files[in[i]->files.at + in[i]->files.n++] = i;
	return ERR_OK;
}

static void bury(struct tree *t)
{
	t->nodes.v[NODE_LOST].buried = true;
	for (size_t i = 2; i < t->order_n; i++) {
		struct inode *d = &t->nodes.v[t->order[i]];
		const struct inode *above = &t->nodes.v[d->hang];
		d->buried = index_first(t, d)->removed || above->buried;
	}
}

/* From the leaves upwards: a directory after all that hang in it. */
static void show_directories(struct tree *t)
{
	for (size_t i = t->order_n; i-- > 0;) {
		struct inode *d = &t->nodes.v[t->order[i]];
		bool kept = d->hang == NONE || !index_first(t, d)->removed;
		d->shown = kept || d->alive || d->files.n;
		d->revived = d->shown && !kept;
		if (d->hang == NONE)
			continue;
		index_first(t, d)->live = d->shown;
		t->nodes.v[d->hang].alive |= d->shown;
	}
}

static err_t list_voided(struct tree *t)
{
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct inode *d = &t->nodes.v[i];
		if (!d->is_void || !d->shown)
			continue;
		if (!vec_room(t->voided.v, t->voided.n, 1, &t->voided.cap))
			return ERR_NOMEM;
		t->voided.v[t->voided.n++] = d->ino;
	}
	return ERR_OK;
}

err_t live_find(struct tree *t)
{
	bury(t);
	err_t e = inherit_find(t);
	for (size_t i = 2; e == ERR_OK && i < t->nodes.n; i++) {
		struct inode *n = &t->nodes.v[i];
		e = n->type == TYPE_DIR ? ERR_OK : live_file(t, n);
	}
	if (e == ERR_OK)
		e = list_files(t);
	if (e != ERR_OK)
		return e;
	show_directories(t);
	return list_voided(t);
}
