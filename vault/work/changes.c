/* SPDX-License-Identifier: MIT
 * Entries: by bucket where every name is one claim, before and after; a directory with conflicts or united ones whole.
 * Numbers: of each inode whose records changed, of its siblings, and of the files that its versions belong to.
 */
#include "vault/work/changes.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/act/spot.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"
#include "vault/shown/asked.h"
#include "vault/shown/children.h"
#include "vault/tree/copy.h"

#include <stdlib.h>
#include <sys/stat.h>

void work_changes_free(struct work_changes *c)
{
	free(c->v);
	*c = (struct work_changes){ 0 };
}

static err_t add(struct work_changes *ret, const struct work_change *one)
{
	if (!vec_room(ret->v, ret->n, 1, &ret->cap))
		return ERR_NOMEM;
	ret->v[ret->n++] = *one;
	return ERR_OK;
}

/* -- entries ----------------------------------------------------------------------------------------------------- */

/* What a directory shows, or a part of it: by hash, then name. */
struct listing {
	struct child *v;
	size_t n, cap;
};

static void listing_free(struct listing *l)
{
	free(l->v);
}

static err_t list_child(void *ctx, const struct child *c)
{
	struct listing *l = ctx;
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	l->v[l->n++] = *c;
	return ERR_OK;
}

static int cmp_child(const struct child *a, const struct child *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return name_cmp(&a->name, &b->name);
}

/* entry_of: in each of the directories that are one: who knows it by an old number still does. */
static err_t entry_of(const struct u64s *dirs, const struct name *name, uint64_t before, uint64_t after,
                      struct work_changes *ret)
{
	struct work_change c = { .kind = WORK_ENTRY, .before = before, .after = after, .name = *name };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && before != after && i < dirs->n; i++) {
		c.ino = dirs->v[i];
		e = add(ret, &c);
	}
	return e;
}

static err_t compare(const struct u64s *dirs, const struct listing *a, const struct listing *b,
                     struct work_changes *ret)
{
	size_t i = 0, k = 0;
	err_t e = ERR_OK;
	while (!e && (i < a->n || k < b->n)) {
		int c = i == a->n ? 1 : -1;
		if (i < a->n && k < b->n)
			c = cmp_child(&a->v[i], &b->v[k]);
		const struct child *was = c <= 0 ? &a->v[i++] : NULL, *is = c >= 0 ? &b->v[k++] : NULL;
		e = entry_of(dirs, was ? &was->name : &is->name, was ? was->ino : 0, is ? is->ino : 0, ret);
	}
	return e;
}

static err_t list_all(const struct context *c, const struct tree_naming *naming, uint64_t dir, struct listing *ret)
{
	return children_visit(c, naming, (struct children_from){ dir, 0 }, list_child, ret);
}

/* is_plain: nothing in it has lost its name, and it is united with none. */
static err_t is_plain(const struct context *c, uint64_t dir, bool *ret)
{
	bool special = false, united = false;
	err_t e = context_has(c, shown_key_1(SHOWN_SPECIAL, dir), &special);
	if (!e)
		e = context_has(c, shown_key_1(SHOWN_MEMBERS, dir), &united);
	if (!e)
		*ret = !special && !united;
	return e;
}

static err_t list_claims(const struct context *c, uint64_t dir, uint64_t hash, struct listing *ret)
{
	cleanup(claims_free) struct claims claims = { 0 };
	err_t e = context_claims(c, dir, hash, &claims);
	for (size_t i = 0; !e && i < claims.n; i++) /* one, where the directory is plain */
		e = list_child(ret, &(struct child){ claims.v[i].ino, claims.v[i].type, hash, claims.v[i].name });
	return e;
}

static err_t bucket_changed(const struct work_step *s, const struct u64s *dirs, uint64_t hash, struct work_changes *ret)
{
	cleanup(listing_free) struct listing before = { 0 }, after = { 0 };
	err_t e = list_claims(s->before, dirs->v[0], hash, &before);
	if (!e)
		e = list_claims(s->after, dirs->v[0], hash, &after);
	return e ? e : compare(dirs, &before, &after, ret);
}

static err_t all_changed(const struct work_step *s, const struct u64s *dirs, uint64_t dir, struct work_changes *ret)
{
	cleanup(listing_free) struct listing before = { 0 }, after = { 0 };
	err_t e = list_all(s->before, s->naming, dir, &before);
	if (!e)
		e = list_all(s->after, s->naming, dir, &after);
	return e ? e : compare(dirs, &before, &after, ret);
}

/* known_as: the numbers by which programs may know the directory. */
static err_t known_as(const struct work_step *s, uint64_t dir, struct u64s *ret)
{
	err_t e = context_members(s->before, dir, ret);
	if (!e)
		e = context_members(s->after, dir, ret);
	if (!e)
		u64s_sort(ret);
	return e;
}

static err_t listing_changed(const struct u64s *dirs, struct work_changes *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < dirs->n; i++)
		e = add(ret, &(struct work_change){ .kind = WORK_CONTENTS, .ino = dirs->v[i] });
	return e;
}

static bool any_known(const struct work_told *t, const struct u64s *numbers)
{
	for (size_t i = 0; i < numbers->n; i++)
		if (t->known(t->ctx, numbers->v[i]))
			return true;
	return false;
}

/* dir_changed: something in it did: `hashes` of its buckets. */
static err_t dir_changed(const struct work_step *s, uint64_t dir, const struct u64s *hashes, struct work_changes *ret)
{
	cleanup(u64s_free) struct u64s dirs = { 0 };
	bool plain = false, still = false;
	err_t e = known_as(s, dir, &dirs);
	if (e || !any_known(s->told, &dirs))
		return e;
	e = is_plain(s->before, dir, &plain);
	if (!e)
		e = is_plain(s->after, dir, &still);
	if (!e)
		e = listing_changed(&dirs, ret);
	if (!e && !(plain && still))
		return all_changed(s, &dirs, dir, ret);
	for (size_t i = 0; !e && i < hashes->n; i++)
		e = bucket_changed(s, &dirs, hashes->v[i], ret);
	return e;
}

/* in_dir: which directory a local record tells of; 0: of none as such. */
static err_t in_dir(struct span key, uint64_t *ret)
{
	*ret = 0;
	if (!key.len)
		return ERR_OK;
	switch (*(const uint8_t *)key.p) {
	case SHOWN_NAMES:
	case SHOWN_SPECIAL:
	case SHOWN_MEMBERS:
		return shown_key_number(key, 0, ret);
	default:
		return ERR_OK;
	}
}

static err_t entries_changed(const struct work_step *s, struct work_changes *ret)
{
	cleanup(u64s_free) struct u64s dirs = { 0 };
	uint64_t dir, hash;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->local->n; i++) {
		e = in_dir(records_key(s->local->v[i]), &dir);
		if (!e && dir)
			e = u64s_add(&dirs, dir);
	}
	u64s_sort(&dirs);
	for (size_t d = 0; !e && d < dirs.n; d++) {
		cleanup(u64s_free) struct u64s hashes = { 0 };
		struct shown_key prefix = shown_key_1(SHOWN_NAMES, dirs.v[d]);
		size_t i = records_at(s->local, shown_key_span(&prefix));
		for (; !e && i < s->local->n && !in_dir(records_key(s->local->v[i]), &dir) && dir == dirs.v[d]; i++) {
			e = shown_key_number(records_key(s->local->v[i]), 1, &hash);
			if (!e)
				e = u64s_add(&hashes, hash);
		}
		if (!e)
			e = dir_changed(s, dirs.v[d], &hashes, ret);
	}
	return e;
}

/* -- numbers ----------------------------------------------------------------------------------------------------- */

struct numbers_of {
	const struct work_step *step;
	struct u64s attrs, contents;
};

static void numbers_of_free(struct numbers_of *n)
{
	u64s_free(&n->attrs);
	u64s_free(&n->contents);
}

/* add_siblings: what stands beside the file shows its attributes. */
static err_t add_siblings(struct numbers_of *n, const struct context *c, uint64_t ino)
{
	cleanup(tree_freep) struct tree *t = NULL;
	const struct tree_file *f;
	const struct tree_entry *x;
	uint64_t number;
	err_t e = asked_tree(c, n->step->naming, &t);
	if (!e)
		e = tree_file(t, ino, &f);
	for (size_t i = 0; !e && i < f->shown_n; i++) {
		e = tree_sibling_entry(t, &f->versions[i], &x);
		if (e || !x)
			continue;
		e = tree_number_of(t, x, &number);
		if (!e)
			e = u64s_add(&n->contents, number);
	}
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t copy_is(void *ctx, const struct copy *copy, bool *ret)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	const struct view *v = ctx;
	err_t e = shared_inode(v, copy->ino, &s);
	*ret = !e && id_eq(s.head.birth, copy->birth);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* add_owners: the files that the version came to. */
static err_t add_owners(struct numbers_of *n, const struct context *c, const struct shared_name *key)
{
	cleanup(version_rec_free) struct version_rec v = { 0 };
	struct copy_path path;
	err_t e = shared_version(c->shared, key->ino, key->version, &v);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	e = copy_path(&(struct copy_version){ key->ino, v.id, v.root }, copy_is, (void *)(uintptr_t)c->shared, &path);
	for (size_t i = 0; !e && i < path.n; i++)
		e = u64s_add(&n->contents, path.ino[i]);
	return e;
}

static err_t record_changed(struct numbers_of *n, struct span key)
{
	struct shared_name name;
	err_t e = shared_key_parse(key, &name);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	bool version = name.kind == SHARED_SIBLING || name.kind == SHARED_VERSION;
	e = u64s_add(version ? &n->contents : &n->attrs, name.ino);
	if (!e && version)
		e = add_owners(n, n->step->before, &name);
	if (!e && version)
		e = add_owners(n, n->step->after, &name);
	return e;
}

/* tell_number: nothing is shown under it now, or as `kind` says. */
static err_t tell_number(const struct numbers_of *n, const struct tree *now, struct work_change c,
                         struct work_changes *ret)
{
	const struct work_told *told = n->step->told;
	const struct tree_entry *x;
	if (!told->known(told->ctx, c.ino))
		return ERR_OK;
	err_t e = tree_number(now, c.ino, &x);
	if (e == ERR_NOTFOUND)
		c.kind = WORK_GONE;
	else if (!e && c.kind == WORK_ATTRS && (!x || x->type == S_IFDIR >> 12))
		c.kind = WORK_CONTENTS; /* listings are kept too */
	return e && e != ERR_NOTFOUND ? e : add(ret, &c);
}

static err_t tell_numbers(const struct numbers_of *n, struct work_changes *ret)
{
	cleanup(tree_freep) struct tree *now = NULL;
	err_t e = asked_tree(n->step->after, n->step->naming, &now);
	for (size_t i = 0; !e && i < n->attrs.n; i++)
		e = tell_number(n, now, (struct work_change){ .kind = WORK_ATTRS, .ino = n->attrs.v[i] }, ret);
	for (size_t i = 0; !e && i < n->contents.n; i++)
		e = tell_number(n, now, (struct work_change){ .kind = WORK_CONTENTS, .ino = n->contents.v[i] }, ret);
	return e;
}

static err_t numbers_changed(const struct work_step *s, struct work_changes *ret)
{
	cleanup(numbers_of_free) struct numbers_of n = { .step = s };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->shared->n; i++)
		e = record_changed(&n, records_key(s->shared->v[i]));
	u64s_sort(&n.attrs);
	for (size_t i = 0; !e && i < n.attrs.n; i++) {
		e = add_siblings(&n, s->before, n.attrs.v[i]);
		if (!e)
			e = add_siblings(&n, s->after, n.attrs.v[i]);
	}
	u64s_sort(&n.contents);
	return e ? e : tell_numbers(&n, ret);
}

err_t changes_find(const struct work_step *s, struct work_changes *ret)
{
	err_t e = numbers_changed(s, ret);
	return e ? e : entries_changed(s, ret);
}
