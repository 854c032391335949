/* SPDX-License-Identifier: MIT */
#include "gc.h"

#include "util/vec.h"
#include "vault/act/lives.h"
#include "vault/act/put.h"
#include "vault/join/shared_key.h"
#include "vault/join/version_set.h"
#include "vault/tree/copy.h"

#include <string.h>

struct inos {
	uint64_t *v;
	size_t n, cap;
};

static void inos_free(struct inos *s)
{
	free(s->v);
}

static bool has(const struct inos *s, uint64_t ino)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i] == ino)
			return true;
	return false;
}

static err_t add(void *ctx, uint64_t ino)
{
	struct inos *s = ctx;
	if (has(s, ino))
		return ERR_OK;
	if (!vec_room(s->v, s->n, 1, &s->cap))
		return ERR_NOMEM;
	s->v[s->n++] = ino;
	return ERR_OK;
}

struct gc {
	struct device *d;
	const struct tree *t;
	uint64_t stable[DEVICES + 1]; /* by stream: up to there all have it, and nobody holds back changes */
	struct inos all, kept, dead;  /* kept: shown, named, or not stable */
};

static void gc_free(struct gc *g)
{
	inos_free(&g->all);
	inos_free(&g->kept);
	inos_free(&g->dead);
}

/* What a device acknowledges: nothing while it holds changes; and it counts when all of that is applied here. */
static bool counts(const struct device *other, const struct device *here)
{
	if (draft_records(&other->open)->n || other->overtaken)
		return false;
	for (size_t s = 0; s <= DEVICES; s++)
		if (here->vv[s] < other->vv[s])
			return false;
	return true;
}

static void find_stable(struct gc *g, struct fleet *f)
{
	memset(g->stable, 0xff, sizeof(g->stable));
	for (size_t i = 0; i < DEVICES; i++) {
		const struct device *other = &f->devices[i];
		if (!other->name[0])
			continue;
		for (size_t s = 0; s <= DEVICES; s++)
			g->stable[s] = MIN(g->stable[s], counts(other, g->d) ? other->vv[s] : 0);
	}
}

static void keep(struct gc *g, uint64_t ino)
{
	must(add(&g->kept, ino), "gc");
}

static void keep_fresh(struct gc *g, uint64_t ino, struct stamp s)
{
	if (s.stream && s.n > g->stable[s.stream])
		keep(g, ino);
}

/* What is bound to a life that is no more must not hold by the purge of what it is bound to. */
static bool holds(struct gc *g, const struct partner *p, bool *there)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	err_t e = shared_link(&g->d->base_view, p->ino, p->lid, &l);
	if (e != ERR_NOTFOUND)
		must(e, "gc");
	*there = e == ERR_OK;
	return e == ERR_NOTFOUND || stamp_cmp(l.life, p->life) == 0;
}

static void keep_void(struct gc *g, const struct partner *p)
{
	bool there;
	if (!holds(g, p, &there))
		keep(g, p->ino);
}

static void look_at_link(struct gc *g, const struct link_rec *l)
{
	const struct where *w = &l->where;
	keep(g, w->at.dir);
	if (w->has_back)
		keep(g, w->back.dir);
	if (w->has_half) {
		keep(g, w->half.before.dir);
		keep_void(g, &w->half.with);
	}
	keep_fresh(g, l->ino, l->life);
	keep_fresh(g, l->ino, w->stamp);
	if (l->is_removed)
		keep_fresh(g, l->ino, l->removed.written);
	for (size_t i = 0; i < l->replaced_n; i++) {
		keep_fresh(g, l->ino, l->replaced[i].by.life);
		keep_void(g, &l->replaced[i].by);
	}
}

static void look_at_attributes(struct gc *g, uint64_t ino)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	cleanup(xattr_list_free) struct xattr_list xattrs = { 0 };
	must(shared_inode(&g->d->base_view, ino, &s), "gc");
	must(shared_xattrs(&g->d->base_view, ino, &xattrs), "gc");
	if (copy_number(ino)) /* who removed that one may have removed this copy */
		keep(g, copy_origin(s.head.birth));
	for (size_t i = 0; i < ATTR_GROUPS; i++)
		if (s.head.attr[i].there)
			keep_fresh(g, ino, s.head.attr[i].stamp);
	for (size_t i = 0; i < xattrs.n; i++)
		keep_fresh(g, ino, xattrs.v[i].stamp);
}

static void look_at_records(struct gc *g, uint64_t ino)
{
	cleanup(link_list_free) struct link_list links = { 0 };
	cleanup(version_list_free) struct version_list versions = { 0 };
	look_at_attributes(g, ino);
	must(shared_links(&g->d->base_view, ino, &links), "gc");
	must(shared_versions(&g->d->base_view, ino, &versions), "gc");
	for (size_t i = 0; i < links.n; i++)
		look_at_link(g, &links.v[i]);
	for (size_t i = 0; i < versions.n; i++)
		keep_fresh(g, ino, versions.v[i].id.stamp);
}

/* A file that is shown, or hidden behind an equal one, keeps the homes of its versions; a directory all its members. */
static void keep_shown(struct gc *g, uint64_t ino)
{
	const struct tree_file *f;
	const struct tree_dir *d;
	if (tree_file(g->t, ino, &f) == ERR_OK) {
		if (f->live_n)
			keep(g, ino);
		for (size_t i = 0; f->live_n && i < f->shown_n; i++)
			keep(g, f->versions[i].home);
	} else if (tree_dir(g->t, ino, &d) == ERR_OK) {
		keep(g, ino);
	}
}

static void find_dead(struct gc *g)
{
	must(shared_inos(&g->d->base_view, add, &g->all), "gc");
	must(act_tree(&g->d->act, &g->t), "gc");
	keep(g, INO_ROOT);
	for (size_t i = 0; i < g->all.n; i++) {
		look_at_records(g, g->all.v[i]);
		keep_shown(g, g->all.v[i]);
	}
	for (size_t i = 0; i < g->all.n; i++)
		if (!has(&g->kept, g->all.v[i]))
			must(add(&g->dead, g->all.v[i]), "gc");
}

static bool is_confirmed(const struct link_rec *l, const struct replacement *r)
{
	for (size_t i = 0; i < r->seen.n; i++)
		if (!l->is_removed || !version_set_has(&l->removed.seen, r->seen.v[i]))
			return false;
	return l->is_removed;
}

/* What hangs on another's move is written by who moves that again: not yet. */
static void confirm(struct gc *g, uint64_t ino)
{
	cleanup(link_list_free) struct link_list links = { 0 };
	must(shared_links(&g->d->base_view, ino, &links), "gc");
	for (size_t i = 0; i < links.n; i++) {
		for (size_t k = 0; k < links.v[i].replaced_n; k++) {
			const struct replacement *r = &links.v[i].replaced[k];
			bool there;
			if (!is_confirmed(&links.v[i], r) && holds(g, &r->by, &there) && there)
				must(lives_confirm(&g->d->act, r->by.ino, r->by.lid), "confirm");
		}
	}
}

static bool is_written(const struct device *d, uint64_t ino)
{
	const struct records *said = draft_records(&d->open);
	for (size_t i = 0; i < said->n; i++) {
		struct shared_name name;
		must(shared_key_parse(records_key(said->v[i]), &name), "key");
		if (name.ino == ino)
			return true;
	}
	return false;
}

/* What was confirmed is written now: not yet. */
static void find_purge(struct gc *g, struct inos *purge)
{
	for (size_t i = 0; i < g->dead.n; i++)
		if (!is_written(g->d, g->dead.v[i]))
			must(add(purge, g->dead.v[i]), "purge");
}

struct doomed { /* versions */
	struct {
		uint64_t home;
		struct version_id id;
	} * v;
	size_t n, cap;
};

static void doomed_free(struct doomed *d)
{
	free(d->v);
}

static void find_doomed(const struct tree *t, const struct inos *purge, struct doomed *ret)
{
	for (size_t i = 0; i < purge->n; i++) {
		const struct tree_file *f;
		if (tree_file(t, purge->v[i], &f) != ERR_OK)
			continue;
		for (size_t k = 0; k < f->versions_n; k++) {
			if (has(purge, f->versions[k].home))
				continue;
			must(vec_room(ret->v, ret->n, 1, &ret->cap) ? ERR_OK : ERR_NOMEM, "bury");
			ret->v[ret->n].home = f->versions[k].home;
			ret->v[ret->n++].id = f->versions[k].id;
		}
	}
}

/* A version of a dead copy would be a sibling again where it is recorded. */
static void bury(struct device *d, const struct inos *purge)
{
	cleanup(doomed_free) struct doomed doomed = { 0 };
	const struct tree *t;
	must(act_tree(&d->act, &t), "bury");
	find_doomed(t, purge, &doomed);
	for (size_t i = 0; i < doomed.n; i++)
		must(put_gone(&d->act, doomed.v[i].home, doomed.v[i].id), "bury");
}

struct commit *gc_publish(struct fleet *f, struct device *d)
{
	cleanup(gc_free) struct gc g = { .d = d };
	cleanup(inos_free) struct inos purge = { 0 };
	find_stable(&g, f);
	find_dead(&g);
	for (size_t i = 0; i < g.dead.n; i++)
		confirm(&g, g.dead.v[i]);
	device_done(d);
	find_purge(&g, &purge);
	bury(d, &purge);
	act_end(&d->act);
	return device_publish(f, d, purge.v, purge.n);
}
