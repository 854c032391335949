/* SPDX-License-Identifier: MIT */
#include "vault/shown/homes.h"

#include "util/cleanup.h"
#include "vault/join/shared.h"
#include "vault/tree/copy.h"

static bool is_ordinary(uint64_t ino)
{
	return ino != 0 && ino != INO_ROOT && ino != INO_LOST;
}

static err_t say(struct update *u, struct shown_key key, bool there)
{
	return there ? units_put(u, key, SPAN(NULL, 0)) : units_gone(u, key);
}

static err_t say_bound(struct update *u, const struct partner *to, const struct link_rec *link, bool there)
{
	const uint64_t numbers[] = { to->ino, to->lid, link->ino, link->lid };
	return say(u, shown_key(SHOWN_BOUND, numbers, 4), there);
}

static err_t say_bound_link(struct update *u, const struct link_rec *link, bool there)
{
	err_t e = ERR_OK;
	if (link->where.has_half)
		e = say_bound(u, &link->where.half.with, link, there);
	for (size_t i = 0; i < link->replaced_n && e == ERR_OK; i++)
		e = say_bound(u, &link->replaced[i].by, link, there);
	return e;
}

/* All that the links of a file are bound to, as a view has them. */
static err_t say_bound_file(struct update *u, const struct view *shared, uint64_t ino, bool there)
{
	cleanup(link_list_free) struct link_list links = { 0 };
	err_t e = shared_links(shared, ino, &links);
	for (size_t i = 0; i < links.n && e == ERR_OK; i++)
		e = say_bound_link(u, &links.v[i], there);
	return e;
}

static err_t say_bound_one(struct update *u, const struct facts_read *r, bool there)
{
	return r->there && r->inode.has_link ? say_bound_link(u, &r->inode.link, there) : ERR_OK;
}

/* What the links of a unit were bound to, and are. */
static err_t say_bound_unit(struct update *u, const struct unit *unit)
{
	const bool single = unit->before.is_file && !unit->before.more;
	err_t e = ERR_OK;
	if (single)
		e = say_bound_one(u, &unit->was, false);
	else if (!u64s_has(u->change->fresh, unit->ino))
		e = say_bound_file(u, u->before.shared, unit->ino, false);
	if (e != ERR_OK)
		return e;
	return units_one_link(u, unit) ? say_bound_one(u, &unit->is, true)
	                               : say_bound_file(u, u->after.shared, unit->ino, true);
}

static err_t add_all(struct update *u, const struct u64s *inos)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < inos->n && e == ERR_OK; i++)
		e = units_add(u, inos->v[i], NULL);
	return e;
}

/* What is bound to the links of a file: these may have another life now. */
static err_t add_bound(struct update *u, uint64_t ino, struct u64s *bound)
{
	size_t first = bound->n;
	err_t e = context_numbers(&u->after, shown_key_1(SHOWN_BOUND, ino), 2, bound);
	for (size_t i = first; i < bound->n && e == ERR_OK; i++)
		e = units_add(u, bound->v[i], NULL);
	return e;
}

static err_t add_path(const struct copy_path *path, struct u64s *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < path->n && e == ERR_OK; i++)
		e = u64s_add(ret, path->ino[i]);
	return e;
}

/* The files that show the versions recorded under `home`, and those that it was split into on the way there. */
static err_t list_targets(const struct context *c, uint64_t home, struct u64s *ret)
{
	cleanup(version_list_free) struct version_list list = { 0 };
	err_t e = shared_versions(c->shared, home, &list);
	for (size_t i = 0; i < list.n && e == ERR_OK; i++) {
		struct copy_path path;
		if (list.v[i].gone)
			continue;
		e = alone_path(c, &list.v[i], &path);
		if (e == ERR_OK)
			e = add_path(&path, ret);
	}
	return e;
}

static err_t say_home(struct update *u, const struct u64s *targets, uint64_t home, bool there)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < targets->n && e == ERR_OK; i++)
		if (targets->v[i] != home)
			e = say(u, shown_key_2(SHOWN_HOMES, targets->v[i], home), there);
	return e;
}

/* The units of these, of which `home` is one if there is any, have to do with versions of each other. */
static void note_elsewhere(struct update *u, const struct u64s *targets, uint64_t home)
{
	bool other = false;
	for (size_t i = 0; i < targets->n; i++)
		other |= targets->v[i] != home;
	for (size_t i = 0; other && i < targets->n; i++)
		units_find(u, targets->v[i])->elsewhere = true;
}

static err_t update_home(struct update *u, uint64_t home)
{
	cleanup(u64s_free) struct u64s before = { 0 }, after = { 0 };
	const struct unit *unit = units_find(u, home);
	bool alone = unit && !unit->before.more; /* then it showed itself what is recorded there */
	err_t e = alone ? ERR_OK : list_targets(&u->before, home, &before);
	if (e == ERR_OK)
		e = list_targets(&u->after, home, &after);
	if (e == ERR_OK)
		e = say_home(u, &before, home, false);
	if (e == ERR_OK)
		e = say_home(u, &after, home, true);
	if (e == ERR_OK)
		e = add_all(u, &before);
	if (e == ERR_OK)
		e = add_all(u, &after);
	if (e != ERR_OK)
		return e;
	note_elsewhere(u, &before, home);
	note_elsewhere(u, &after, home);
	return ERR_OK;
}

/* Homes of versions that a copy with this birth id may take over, or give back: they come through its origin. */
static err_t add_origin(struct update *u, struct id birth, struct u64s *homes)
{
	uint64_t origin = copy_origin(birth);
	if (id_is_zero(birth))
		return ERR_OK;
	err_t e = u64s_add(homes, origin);
	return e == ERR_OK ? context_numbers(&u->before, shown_key_1(SHOWN_HOMES, origin), 1, homes) : e;
}

static struct id birth_of(const struct facts_read *r)
{
	return r->there ? r->inode.head.birth : ID_ZERO;
}

/* A copy may come, or go. What is drawn is none, whatever its number is. */
static err_t add_homes(struct update *u, const struct unit *unit, struct u64s *homes)
{
	struct id before = birth_of(&unit->was), after = birth_of(&unit->is);
	bool drawn = u->change->drawn && u64s_has(u->change->fresh, unit->ino);
	if (drawn || !copy_number(unit->ino) || id_eq(before, after))
		return ERR_OK;
	err_t e = add_origin(u, before, homes);
	return e == ERR_OK ? add_origin(u, after, homes) : e;
}

/* The version of a file is the one that it had, which it showed itself; of a new one, it is new. */
static bool keeps_version(const struct update *u, const struct unit *unit)
{
	const struct shared_inode *is = &unit->is.inode;
	if (!units_one_version(u, unit) || !unit->is.there)
		return false;
	if (!unit->before.is_file) /* it is drawn */
		return true;
	return is->has_version && version_id_cmp(is->version.id, unit->before.version) == 0 &&
	       version_id_cmp(is->version.root, unit->before.root) == 0;
}

/* Whose versions may be shown by another file because of what became of the units: of the unit itself, unless it goes
 * on as it was. */
static err_t list_homes(struct update *u, const struct u64s *inos, struct u64s *homes)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < inos->n && e == ERR_OK; i++) {
		const struct unit *unit = units_find(u, inos->v[i]);
		if (!unit)
			continue;
		e = keeps_version(u, unit) ? ERR_OK : u64s_add(homes, unit->ino);
		if (e == ERR_OK)
			e = add_homes(u, unit, homes);
	}
	return e;
}

/* Copies that were split from these files depend on whether these are removed (vault/tree/inherit.h): they show
 * versions of the same homes. */
static err_t list_split(struct update *u, const struct u64s *inos, struct u64s *homes)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < inos->n && e == ERR_OK; i++) {
		const struct unit *unit = units_find(u, inos->v[i]);
		if (!unit || !unit->before.more)
			continue;
		e = u64s_add(homes, unit->ino);
		if (e == ERR_OK)
			e = context_numbers(&u->before, shown_key_1(SHOWN_HOMES, unit->ino), 1, homes);
	}
	return e;
}

static err_t update_homes(struct update *u, struct u64s *homes)
{
	err_t e = ERR_OK;
	u64s_sort(homes);
	for (size_t i = 0; i < homes->n && e == ERR_OK; i++)
		if (is_ordinary(homes->v[i]))
			e = update_home(u, homes->v[i]);
	return e;
}

static err_t update_one(struct update *u, uint64_t ino)
{
	struct unit *unit;
	err_t e = units_add(u, ino, &unit);
	return e == ERR_OK ? say_bound_unit(u, unit) : e;
}

err_t homes_update(struct update *u, const struct u64s *inos)
{
	cleanup(u64s_free) struct u64s homes = { 0 }, bound = { 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; i < inos->n && e == ERR_OK; i++)
		if (is_ordinary(inos->v[i]))
			e = update_one(u, inos->v[i]);
	for (size_t i = 0; i < inos->n && e == ERR_OK; i++)
		if (is_ordinary(inos->v[i]))
			e = add_bound(u, inos->v[i], &bound);
	if (e == ERR_OK)
		e = list_homes(u, inos, &homes);
	if (e == ERR_OK)
		e = list_split(u, inos, &homes);
	if (e == ERR_OK)
		e = list_split(u, &bound, &homes);
	return e == ERR_OK ? update_homes(u, &homes) : e;
}
