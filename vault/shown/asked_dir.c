/* SPDX-License-Identifier: MIT */
#include "vault/shown/asked_dir.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/shown/ask.h"
#include "vault/shown/asked_inode.h"

#include <string.h>

/* More directories above each other than this: the local records are damaged. */
#define DEEPEST (1 << 24)

void asked_dir_free(struct asked_dir *d)
{
	for (size_t i = 0; i < d->names_n; i++)
		free(d->names[i]);
	free(d->names);
	free(d->answers);
	u64s_free(&d->members);
	for (size_t i = 0; i < d->clusters_n; i++)
		tree_freep(&d->clusters[i].t);
	free(d->clusters);
	tree_freep(&d->losers);
	tree_freep(&d->all);
	free(d);
}

static void asked_dir_freep(struct asked_dir **d)
{
	if (*d)
		asked_dir_free(*d);
}

static size_t place_of(const struct asked *a, uint64_t identity)
{
	size_t low = 0, high = a->dirs_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (a->dirs[mid]->dir.ino < identity)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Where it hangs, and under which name; ERR_NOTFOUND: no directory, or not shown. Not of the root. */
static err_t find_hanging(const struct context *c, uint64_t ino, struct facts *f, struct hanging *ret)
{
	err_t e = ino == INO_LOST ? dirs_lost(c, ret) : dirs_load(c, ino, f);
	if (e == ERR_OK && ino != INO_LOST)
		e = f->is_dir ? dirs_hanging(c, f, ret) : ERR_NOTFOUND;
	return e == ERR_OK && !ret->shown ? ERR_NOTFOUND : e;
}

static err_t is_shown(const struct context *c, uint64_t ino, bool *ret)
{
	struct facts f = { 0 };
	struct hanging h;
	err_t e = ino == INO_ROOT ? ERR_OK : find_hanging(c, ino, &f, &h);
	*ret = e == ERR_OK;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t identity_of(const struct context *c, uint64_t ino, uint64_t *ret)
{
	cleanup(u64s_free) struct u64s members = { 0 };
	err_t e = context_members(c, ino, &members);
	if (e == ERR_OK)
		*ret = members.v[0];
	return e;
}

static err_t read_place(const struct context *c, const struct hanging *h, struct asked_dir *d)
{
	err_t e = identity_of(c, h->dir, &d->dir.up);
	if (e != ERR_OK)
		return e;
	d->name = h->claim.name;
	const struct span name = SPAN(d->name.b, d->name.len);
	d->entry = (struct tree_entry){ .dir = d->dir.up, .name = name, .type = TYPE_DIR, .ino = d->dir.ino };
	d->entry.recorded = name;
	d->dir.entry = &d->entry;
	return ERR_OK;
}

/* The directory that shows `ino`, which is a member of it. */
static err_t read_dir(const struct context *c, uint64_t ino, struct asked_dir *d)
{
	struct facts f = { 0 };
	struct hanging h;
	err_t e = ino == INO_ROOT ? ERR_OK : find_hanging(c, ino, &f, &h);
	if (e == ERR_OK)
		e = context_members(c, ino, &d->members);
	if (e != ERR_OK)
		return e;
	d->dir.ino = d->members.v[0];
	d->dir.members = d->members.v;
	d->dir.members_n = d->members.n;
	if (d->dir.ino != ino && d->dir.ino != INO_ROOT) {
		f = (struct facts){ 0 };
		e = find_hanging(c, d->dir.ino, &f, &h);
	}
	if (e != ERR_OK || d->dir.ino == INO_ROOT)
		return e;
	d->dir.revived = f.removed;
	return read_place(c, &h, d);
}

/* What was read of an identity. */
static struct asked_dir *find_read(const struct asked *a, uint64_t identity)
{
	size_t at = place_of(a, identity);
	return at < a->dirs_n && a->dirs[at]->dir.ino == identity ? a->dirs[at] : NULL;
}

static err_t note_read(struct asked *a, struct asked_dir *d)
{
	size_t at = place_of(a, d->dir.ino);
	if (!vec_room(a->dirs, a->dirs_n, 1, &a->dirs_cap))
		return ERR_NOMEM;
	memmove(&a->dirs[at + 1], &a->dirs[at], (a->dirs_n - at) * sizeof(struct asked_dir *));
	a->dirs[at] = d;
	a->dirs_n++;
	return ERR_OK;
}

err_t asked_dir_find(const struct tree *t, uint64_t ino, struct asked_dir **ret)
{
	struct asked *a = asked_of(t);
	struct asked_dir *found = find_read(a, ino);
	if (found) {
		*ret = found;
		return ERR_OK;
	}
	if (asked_is_file(t, ino))
		return ERR_NOTFOUND;
	cleanup(asked_dir_freep) struct asked_dir *d = calloc(1, sizeof(*d));
	err_t e = d ? read_dir(&a->c, ino, d) : ERR_NOMEM;
	if (e != ERR_OK)
		return e;
	found = find_read(a, d->dir.ino);
	if (!found)
		e = note_read(a, d);
	if (e == ERR_OK)
		*ret = found ? found : steal_ptr(d);
	return e;
}

err_t asked_dir_is_empty(const struct tree *t, uint64_t ino, bool *ret)
{
	struct asked_dir *d;
	bool any = false;
	err_t e = asked_dir_find(t, ino, &d);
	for (size_t i = 0; e == ERR_OK && !any && i < d->members.n; i++)
		e = context_has(&asked_of(t)->c, shown_key_1(SHOWN_NAMES, d->members.v[i]), &any);
	if (e == ERR_OK)
		*ret = !any;
	return e;
}

err_t asked_dir_is_revived(const struct tree *t, uint64_t ino, bool *ret)
{
	struct facts f = { 0 };
	bool shown = false;
	const struct asked_dir *known = find_read(asked_of(t), ino);
	if (known) {
		*ret = known->dir.revived;
		return ERR_OK;
	}
	err_t e = is_shown(&asked_of(t)->c, ino, &shown);
	if (e == ERR_OK && !shown)
		e = ERR_NOTFOUND;
	if (e == ERR_OK)
		e = dirs_load(&asked_of(t)->c, ino, &f);
	if (e == ERR_OK)
		*ret = f.removed;
	return e;
}

err_t asked_dir_voided(const struct tree *t, struct tree_inos *ret)
{
	struct asked *a = asked_of(t);
	size_t kept = 0;
	a->voided.n = 0;
	err_t e = context_numbers(&a->c, shown_key(SHOWN_HANGS, NULL, 0), 0, &a->voided);
	for (size_t i = 0; e == ERR_OK && i < a->voided.n; i++) {
		uint64_t ino = a->voided.v[i], dir;
		bool is_void = false, shown = false;
		e = context_hangs(&a->c, ino, &dir, &is_void);
		if (e == ERR_OK)
			e = is_shown(&a->c, ino, &shown);
		if (is_void && shown)
			a->voided.v[kept++] = ino;
	}
	a->voided.n = kept;
	*ret = (struct tree_inos){ a->voided.v, kept };
	return e;
}

err_t asked_dir_hangs_in(const struct tree *t, uint64_t dir, const struct tree_dir *top, bool *ret)
{
	const struct context *c = &asked_of(t)->c;
	for (int depth = 0; depth < DEEPEST; depth++) {
		struct facts f;
		struct hanging h;
		*ret = tree_dir_has(top, dir);
		if (*ret || dir == INO_ROOT || dir == INO_LOST)
			return ERR_OK;
		err_t e = dirs_load(c, dir, &f);
		if (e == ERR_OK && f.is_dir)
			e = dirs_hanging(c, &f, &h);
		if (e != ERR_OK || !f.is_dir)
			return e;
		dir = h.dir;
	}
	return ERR_DAMAGED;
}

static size_t cluster_place(const struct asked_dir *d, uint64_t first)
{
	size_t low = 0, high = d->clusters_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (d->clusters[mid].first < first)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

err_t asked_dir_cluster(const struct tree *t, struct asked_dir *d, uint64_t hash, struct tree **ret)
{
	struct asked *a = asked_of(t);
	struct asked_cluster one = { .first = shown_cluster(hash) };
	size_t at = cluster_place(d, one.first);
	if (at == d->clusters_n || d->clusters[at].first != one.first) {
		if (!vec_room(d->clusters, d->clusters_n, 1, &d->clusters_cap))
			return ERR_NOMEM;
		err_t e = ask_cluster(&a->c, &a->tree.naming, (struct ask_at){ d->dir.ino, hash }, &one.t);
		if (e != ERR_OK)
			return e;
		memmove(&d->clusters[at + 1], &d->clusters[at], (d->clusters_n - at) * sizeof(*d->clusters));
		d->clusters[at] = one;
		d->clusters_n++;
	}
	*ret = d->clusters[at].t;
	return ERR_OK;
}

err_t asked_dir_losers(const struct tree *t, struct asked_dir *d, struct tree **ret)
{
	struct asked *a = asked_of(t);
	err_t e = d->losers ? ERR_OK : ask_losers(&a->c, &a->tree.naming, d->dir.ino, &d->losers);
	if (e == ERR_OK)
		*ret = d->losers;
	return e;
}

err_t asked_dir_all(const struct tree *t, struct asked_dir *d, struct tree **ret)
{
	struct asked *a = asked_of(t);
	err_t e = d->all ? ERR_OK : ask_dir(&a->c, &a->tree.naming, d->dir.ino, &d->all);
	if (e == ERR_OK)
		*ret = d->all;
	return e;
}
