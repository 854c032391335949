/* SPDX-License-Identifier: MIT
 * Numbers: of each inode whose records changed, of its siblings, and of the files that its versions belong to.
 */
#include "vault/work/changes.h"

#include "util/cleanup.h"
#include "vault/join/records.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"
#include "vault/shown/asked.h"
#include "vault/tree/copy.h"
#include "vault/work/changed_names.h"

#include <stdlib.h>
#include <sys/stat.h>

void work_changes_free(struct work_changes *c)
{
	free(c->v);
	*c = (struct work_changes){ 0 };
}

struct numbers_of {
	const struct work_step *step;
	struct u64s attrs, contents, files;
	struct clusters names; /* that may be shown otherwise */
};

static void numbers_of_free(struct numbers_of *n)
{
	u64s_free(&n->attrs);
	u64s_free(&n->contents);
	u64s_free(&n->files);
	clusters_free(&n->names);
}

/* add_shown: what stands beside the file shows its attributes; and where it is shown. */
static err_t add_shown(struct numbers_of *n, const struct context *c, uint64_t ino)
{
	const struct work_step *s = n->step;
	cleanup(tree_freep) struct tree *t = NULL;
	const struct tree_file *f;
	const struct tree_entry *x;
	uint64_t number;
	err_t e = asked_tree(c, c == s->before ? s->was_naming : s->naming, &t);
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
	if (!e)
		e = clusters_add_links(c, f, &n->names);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

static err_t copy_is(void *ctx, const struct copy *copy, bool *ret)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	const struct view *v = ctx;
	err_t e = shared_place(v, copy->ino, &s);
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
	for (size_t i = 0; !e && i < path.n; i++) {
		e = u64s_add(&n->contents, path.ino[i]);
		if (!e)
			e = u64s_add(&n->files, path.ino[i]);
	}
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
	if (!e)
		e = u64s_add(&n->files, name.ino);
	if (!e && version)
		e = add_owners(n, n->step->before, &name);
	if (!e && version)
		e = add_owners(n, n->step->after, &name);
	return e;
}

/* tell_number: nothing is shown under it now, or as `kind` says. */
static err_t tell_one(const struct numbers_of *n, const struct tree *now, struct work_change c,
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
	return e && e != ERR_NOTFOUND ? e : changes_add(ret, &c);
}

/* tell_number: by records, and under the number that it was and is shown as. */
static err_t tell_number(const struct numbers_of *n, const struct tree *now, struct work_change c,
                         struct work_changes *ret)
{
	const uint64_t was = stand_in_as(n->step->was_naming->stand_ins, c.ino);
	const uint64_t is = stand_in_as(n->step->naming->stand_ins, c.ino);
	err_t e = tell_one(n, now, c, ret);
	if (!e && was != c.ino)
		e = tell_one(n, now, (struct work_change){ .kind = c.kind, .ino = was }, ret);
	if (!e && is != c.ino && is != was)
		e = tell_one(n, now, (struct work_change){ .kind = c.kind, .ino = is }, ret);
	return e;
}

static err_t tell_numbers(const struct numbers_of *n, struct work_changes *ret)
{
	cleanup(tree_freep) struct tree *now = NULL;
	err_t e = asked_tree(n->step->after, n->step->naming, &now);
	for (size_t i = 0; !e && i < n->attrs.n; i++)
		e = tell_number(n, now, (struct work_change){ .kind = WORK_ATTRS, .ino = n->attrs.v[i] }, ret);
	for (size_t i = 0; !e && i < n->contents.n; i++)
		e = tell_number(n, now, (struct work_change){ .kind = WORK_CONTENTS, .ino = n->contents.v[i] }, ret);
	for (size_t i = 0; !e && i < n->step->parted->n; i++)
		e = tell_one(n, now, (struct work_change){ .kind = WORK_CONTENTS, .ino = n->step->parted->v[i] }, ret);
	return e;
}

err_t changes_find(const struct work_step *s, struct work_changes *ret)
{
	cleanup(numbers_of_free) struct numbers_of n = { .step = s };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->names->n; i++)
		e = clusters_add(&n.names, s->names->v[i]);
	for (size_t i = 0; !e && i < s->shared->n; i++)
		e = record_changed(&n, records_key(s->shared->v[i]));
	u64s_sort(&n.attrs);
	u64s_sort(&n.files);
	for (size_t i = 0; !e && i < n.files.n; i++) {
		e = add_shown(&n, s->before, n.files.v[i]);
		if (!e)
			e = add_shown(&n, s->after, n.files.v[i]);
	}
	u64s_sort(&n.contents);
	if (!e)
		e = tell_numbers(&n, ret);
	return e ? e : changed_names_find(s, &n.names, ret);
}
