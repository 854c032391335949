/* SPDX-License-Identifier: MIT */
#include "vault/shown/cycles.h"

#include "util/cleanup.h"
#include "vault/join/place.h"
#include "vault/join/shared.h"
#include "vault/shown/walked.h"
#include "vault/tree/hang.h"
#include "vault/tree/index.h"

/* What claims a name in `dir`, because of a directory that came or went. */
static err_t add_claimants(struct update *u, uint64_t dir)
{
	cleanup(claims_free) struct claims claims = { 0 };
	err_t e = context_all_claims(&u->before, dir, &claims);
	for (size_t i = 0; i < claims.n && e == ERR_OK; i++)
		e = units_add(u, claims.v[i].ino, NULL);
	return e;
}

static bool same_place(const struct facts *a, const struct facts *b)
{
	return a->dir == b->dir && a->has_back == b->has_back && a->back_dir == b->back_dir &&
	       stamp_cmp(a->placed, b->placed) == 0;
}

static bool hangs_otherwise(const struct unit *unit)
{
	const struct facts *a = &unit->before, *b = &unit->after;
	return a->is_dir != b->is_dir || (a->is_dir && !same_place(a, b));
}

/* What the units are as directories, for the time being: where they hang is not known yet. */
static err_t look_at_changes(struct update *u)
{
	for (size_t i = 0; i < u->units_n; i++) {
		struct unit *unit = u->units[i];
		err_t e = dirs_tell(&u->after, unit->ino, unit->is.there ? &unit->is.inode : NULL, &unit->after);
		if (e != ERR_OK)
			return e;
		u->hangs_changed |= hangs_otherwise(unit);
	}
	return ERR_OK;
}

static err_t add_displaced(struct update *u)
{
	cleanup(u64s_free) struct u64s dirs = { 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; i < u->units_n && e == ERR_OK; i++)
		if (u->units[i]->before.is_dir != u->units[i]->after.is_dir)
			e = u64s_add(&dirs, u->units[i]->before.is_dir ? u->units[i]->ino : INO_LOST);
	for (size_t i = 0; i < dirs.n && e == ERR_OK; i++)
		if (i == 0 || dirs.v[i] != dirs.v[i - 1])
			e = add_claimants(u, dirs.v[i]);
	return e;
}

/* The directory that the place of `dir` names; ERR_NOTFOUND: none, or it is the root. */
static err_t step_up(const struct context *c, uint64_t *dir)
{
	cleanup(facts_free) struct facts f = { 0 };
	err_t e = dirs_load(c, *dir, &f);
	if (e != ERR_OK || !f.is_dir)
		return e == ERR_OK ? ERR_NOTFOUND : e;
	*dir = f.dir;
	return ERR_OK;
}

/* Follows the places upwards, as far as no walk before came: those ended. Who runs in a circle meets what it came
 * through itself. */
static err_t runs_in_circle(const struct context *c, uint64_t dir, struct walked *ended, bool *ret)
{
	cleanup(walked_free) struct walked here = { 0 };
	err_t e = ERR_OK;
	while (e == ERR_OK && !walked_has(ended, dir)) {
		if (walked_has(&here, dir)) {
			*ret = true;
			return ERR_OK;
		}
		e = walked_add(&here, dir);
		if (e == ERR_OK)
			e = step_up(c, &dir);
	}
	e = e == ERR_NOTFOUND ? ERR_OK : e;
	for (size_t i = 0; i < here.cap && e == ERR_OK; i++)
		if (here.v[i])
			e = walked_add(ended, here.v[i]);
	return e;
}

static err_t any_circle(struct update *u, bool *ret)
{
	cleanup(walked_free) struct walked ended = { 0 };
	err_t e = ERR_OK;
	*ret = false;
	for (size_t i = 0; i < u->units_n && !*ret && e == ERR_OK; i++)
		if (u->units[i]->after.is_dir && hangs_otherwise(u->units[i]))
			e = runs_in_circle(&u->after, u->units[i]->ino, &ended, ret);
	return e;
}

/* -- all directories --------------------------------------------------------------------------------------------- */

static err_t visit_ino(void *ctx, uint64_t ino)
{
	return u64s_add(ctx, ino);
}

/* A directory as it counts: what half of an exchange is bound to was looked at. */
static err_t add_dir(const struct context *c, struct tree *t, uint64_t ino)
{
	cleanup(facts_free) struct facts f = { 0 };
	err_t e = dirs_load(c, ino, &f);
	if (e != ERR_OK || !f.is_dir)
		return e;
	struct inode_head head = { .ino = ino, .type = f.type };
	struct link_rec link = { .ino = ino, .lid = LID_FIRST };
	link.where =
	        (struct where){ .stamp = f.placed, .at.dir = f.dir, .has_back = f.has_back, .back.dir = f.back_dir };
	e = tree_add_inode(t, &head);
	return e == ERR_OK ? tree_add_link(t, &link) : e;
}

static err_t say_hangs(struct update *u, const struct tree *t, const struct inode *n)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_u64(&b, t->nodes.v[n->hang].ino);
	buf_u8(&b, n->is_void);
	err_t e = units_put(u, shown_key_1(SHOWN_HANGS, n->ino), buf_span(&b));
	if (e == ERR_OK)
		e = buf_ok(&b);
	return e == ERR_OK ? units_add(u, n->ino, NULL) : e;
}

static err_t say_all(struct update *u, const struct tree *t, const struct u64s *before)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < before->n && e == ERR_OK; i++) {
		e = units_gone(u, shown_key_1(SHOWN_HANGS, before->v[i]));
		if (e == ERR_OK)
			e = units_add(u, before->v[i], NULL);
	}
	for (size_t i = 0; i < t->nodes.n && e == ERR_OK; i++)
		if (t->nodes.v[i].hang != t->nodes.v[i].place)
			e = say_hangs(u, t, &t->nodes.v[i]);
	return e;
}

static void nobody(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	(void)root;
	(void)time;
	out[0] = 0;
}

static err_t look_at_all(struct update *u, const struct u64s *before)
{
	const struct tree_naming naming = { .who = nobody };
	cleanup(tree_freep) struct tree *t = NULL;
	cleanup(u64s_free) struct u64s inos = { 0 };
	err_t e = shared_inos(u->after.shared, visit_ino, &inos);
	if (e == ERR_OK)
		e = tree_new(&naming, &t);
	for (size_t i = 0; i < inos.n && e == ERR_OK; i++)
		e = add_dir(&u->after, t, inos.v[i]);
	if (e == ERR_OK)
		e = index_records(t);
	if (e == ERR_OK)
		e = hang_directories(t);
	return e == ERR_OK ? say_all(u, t, before) : e;
}

/* -- the step ---------------------------------------------------------------------------------------------------- */

err_t cycles_update(struct update *u)
{
	cleanup(u64s_free) struct u64s before = { 0 };
	const struct shown_key all = shown_key(SHOWN_HANGS, NULL, 0);
	bool circle = false;
	err_t e = look_at_changes(u);
	if (e == ERR_OK)
		e = add_displaced(u);
	if (e != ERR_OK || !u->hangs_changed)
		return e;
	e = context_numbers(&u->before, all, 0, &before);
	if (e == ERR_OK && !before.n)
		e = any_circle(u, &circle);
	if (e == ERR_OK && (before.n || circle))
		e = look_at_all(u, &before);
	return e;
}
