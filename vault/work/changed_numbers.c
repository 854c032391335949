/* SPDX-License-Identifier: MIT
 * Numbers: of each inode whose records changed, of its siblings, and of the files that its versions belong to.
 */
#include "vault/work/changed_numbers.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"
#include "vault/shown/asked.h"
#include "vault/tree/copy.h"

#include <stdlib.h>
#include <sys/stat.h>

void changed_numbers_free(struct changed_numbers *c)
{
	free(c->v);
	clusters_free(&c->names);
	*c = (struct changed_numbers){ 0 };
}

struct numbers_of {
	const struct work_step *step;
	const struct tree_naming *naming; /* without stand-ins */
	struct u64s attrs, contents, files;
	struct clusters *names; /* that may be shown otherwise */
};

static void numbers_of_free(struct numbers_of *n)
{
	u64s_free(&n->attrs);
	u64s_free(&n->contents);
	u64s_free(&n->files);
}

/* add_shown: what stands beside the file shows its attributes; and where it is shown. */
static err_t add_shown(struct numbers_of *n, const struct context *c, uint64_t ino)
{
	cleanup(tree_freep) struct tree *t = NULL;
	const struct tree_file *f;
	const struct tree_entry *x;
	uint64_t number;
	err_t e = asked_tree(c, n->naming, &t);
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
		e = clusters_add_links(c, f, n->names);
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

/* -- found --------------------------------------------------------------------------------------------------------- */

static err_t find_files(struct numbers_of *n)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n->files.n; i++) {
		e = add_shown(n, n->step->before, n->files.v[i]);
		if (!e)
			e = add_shown(n, n->step->after, n->files.v[i]);
	}
	return e;
}

static err_t list(const struct u64s *numbers, bool contents, struct changed_numbers *ret)
{
	if (!vec_room(ret->v, ret->n, numbers->n, &ret->cap))
		return ERR_NOMEM;
	for (size_t i = 0; i < numbers->n; i++)
		ret->v[ret->n++] = (struct changed_number){ .ino = numbers->v[i], .contents = contents };
	return ERR_OK;
}

/* derived: without stand-ins. */
static struct tree_naming derived(const struct work_step *s)
{
	struct tree_naming ret = *s->naming;
	ret.stand_ins = NULL;
	return ret;
}

err_t changed_numbers_find(const struct work_step *s, struct changed_keys keys, struct changed_numbers *ret)
{
	const struct tree_naming naming = derived(s);
	cleanup(numbers_of_free) struct numbers_of n = { .step = s, .naming = &naming, .names = &ret->names };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < keys.n; i++)
		e = record_changed(&n, records_key(keys.v[i]));
	u64s_sort(&n.attrs);
	u64s_sort(&n.files);
	if (!e)
		e = find_files(&n);
	u64s_sort(&n.contents);
	if (!e)
		e = list(&n.attrs, false, ret);
	return e ? e : list(&n.contents, true, ret);
}

/* -- told ---------------------------------------------------------------------------------------------------------- */

/* judge: what is to be told: nothing is shown under it now, or as the records say. */
static err_t judge(const struct tree *now, uint64_t ino, bool contents, uint8_t *ret)
{
	const struct tree_entry *x;
	uint8_t kind = contents ? WORK_CONTENTS : WORK_ATTRS;
	err_t e = tree_number(now, ino, &x);
	if (e == ERR_NOTFOUND)
		kind = WORK_GONE;
	else if (!e && (!x || x->type == S_IFDIR >> 12))
		kind = WORK_CONTENTS; /* listings are kept too */
	if (e && e != ERR_NOTFOUND)
		return e;
	*ret = kind;
	return ERR_OK;
}

static err_t add(uint64_t ino, uint8_t kind, struct work_changes *ret)
{
	struct work_change c = { .ino = ino };
	c.kind = kind;
	return changes_add(ret, &c);
}

static bool is_known(const struct work_step *s, uint64_t ino)
{
	return s->told->known(s->told->ctx, ino);
}

static err_t tell_one(const struct work_step *s, const struct tree *now, struct changed_number x,
                      struct work_changes *ret)
{
	uint8_t kind = x.kind;
	if (!is_known(s, x.ino))
		return ERR_OK;
	err_t e = x.judged ? ERR_OK : judge(now, x.ino, x.contents, &kind);
	return e ? e : add(x.ino, kind, ret);
}

static bool is_parted(const struct work_step *s, uint64_t ino)
{
	return stand_in_is(s->was_naming->stand_ins, ino) || stand_in_is(s->naming->stand_ins, ino);
}

/* tell_number: by records, and under the number that it was and is shown as. */
static err_t tell_number(const struct work_step *s, const struct tree *now, struct changed_number x,
                         struct work_changes *ret)
{
	const uint64_t ino = x.ino;
	if (!is_parted(s, ino))
		return tell_one(s, now, x, ret);
	const uint64_t was = stand_in_as(s->was_naming->stand_ins, ino);
	const uint64_t is = stand_in_as(s->naming->stand_ins, ino);
	x.judged = false;
	err_t e = tell_one(s, now, x, ret);
	x.ino = was;
	if (!e && was != ino)
		e = tell_one(s, now, x, ret);
	x.ino = is;
	if (!e && is != ino && is != was)
		e = tell_one(s, now, x, ret);
	return e;
}

err_t changed_numbers_judge(const struct work_step *s, struct changed_numbers *c)
{
	const struct tree_naming naming = derived(s);
	cleanup(tree_freep) struct tree *now = NULL;
	err_t e = asked_tree(s->after, &naming, &now);
	for (size_t i = 0; !e && i < c->n; i++) {
		struct changed_number *x = &c->v[i];
		if (!is_known(s, x->ino))
			continue;
		e = judge(now, x->ino, x->contents, &x->kind);
		x->judged = !e;
	}
	return e;
}

err_t changed_numbers_tell(const struct work_step *s, const struct changed_numbers *c, struct work_changes *ret)
{
	cleanup(tree_freep) struct tree *now = NULL;
	err_t e = asked_tree(s->after, s->naming, &now);
	for (size_t i = 0; !e && i < c->n; i++)
		e = tell_number(s, now, c->v[i], ret);
	return e;
}

err_t changed_numbers_gone(const struct work_step *s, const struct u64s *numbers, struct work_changes *ret)
{
	cleanup(tree_freep) struct tree *now = NULL;
	err_t e = asked_tree(s->after, s->naming, &now);
	for (size_t i = 0; !e && i < numbers->n; i++)
		e = tell_one(s, now, (struct changed_number){ .ino = numbers->v[i], .contents = true }, ret);
	return e;
}
