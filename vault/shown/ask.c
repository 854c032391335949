/* SPDX-License-Identifier: MIT
 * The tree of one directory: its members are directories of the root under one name, so that they are united again;
 * what claims names in them is there as it counts. The rest of the rules run as they do on all records.
 */
#include "vault/shown/ask.h"

#include "util/cleanup.h"
#include "vault/shown/facts.h"
#include "vault/tree/fill.h"
#include "vault/tree/hang.h"
#include "vault/tree/index.h"
#include "vault/tree/live.h"

#include <string.h>

struct asking {
	const struct context *c;
	struct tree *t;
	struct u64s members;
	struct claims *claims;     /* of each member */
	struct u64s revived;       /* directories, which are shown whatever is in them */
	bool lost, lost_is_member; /* lost+found is a member, or claims a name */
};

static void asking_free(struct asking *a)
{
	for (size_t i = 0; a->claims && i < a->members.n; i++)
		claims_free(&a->claims[i]);
	free(a->claims);
	u64s_free(&a->members);
	u64s_free(&a->revived);
	tree_freep(&a->t);
}

/* A number that is none of a member or of what claims a name. */
static uint64_t elsewhere(const struct asking *a)
{
	uint64_t free = INO_LOST + 1;
	for (bool taken = true; taken; free += taken) {
		taken = false;
		for (size_t i = 0; i < a->members.n; i++) {
			taken |= a->members.v[i] == free;
			for (size_t k = 0; k < a->claims[i].n; k++)
				taken |= a->claims[i].v[k].ino == free;
		}
	}
	return free;
}

static err_t add_dir(struct asking *a, uint64_t ino, uint64_t in, const struct name *name)
{
	cleanup(facts_free) struct facts f = { 0 };
	if (ino == INO_LOST || ino == INO_ROOT) {
		a->lost |= ino == INO_LOST;
		return ERR_OK;
	}
	err_t e = dirs_load(a->c, ino, &f);
	struct inode_head head = { .ino = ino, .type = TYPE_DIR, .birth = f.birth };
	struct link_rec link = { .ino = ino, .lid = LID_FIRST, .where.at = { in, *name } };
	if (e == ERR_OK)
		e = tree_add_inode(a->t, &head);
	if (e == ERR_OK)
		e = tree_add_link(a->t, &link);
	return e == ERR_OK && f.removed ? u64s_add(&a->revived, ino) : e;
}

/* Each file once, however many of its links are here. */
static err_t add_files(struct asking *a, const struct facts_dirs *dirs)
{
	cleanup(u64s_free) struct u64s files = { 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; i < a->members.n; i++)
		for (size_t k = 0; k < a->claims[i].n && e == ERR_OK; k++)
			if (a->claims[i].v[k].type != TYPE_DIR)
				e = u64s_add(&files, a->claims[i].v[k].ino);
	u64s_sort(&files);
	for (size_t i = 0; i < files.n && e == ERR_OK; i++)
		e = facts_add(a->c, files.v[i], dirs, a->t);
	return e;
}

/* United again: under one name, which is that of lost+found if that is one of them. */
static err_t add_members(struct asking *a, struct name *name)
{
	for (size_t i = 0; i < a->members.n; i++)
		a->lost_is_member |= a->members.v[i] == INO_LOST;
	const struct span as = span_str(a->lost_is_member ? "lost+found" : "d");
	name->len = (uint8_t)as.len;
	memcpy(name->b, as.p, as.len);
	err_t e = ERR_OK;
	for (size_t i = 0; i < a->members.n && e == ERR_OK; i++)
		e = add_dir(a, a->members.v[i], INO_ROOT, name);
	return e;
}

static err_t add_all(struct asking *a)
{
	struct name name;
	const struct facts_dirs dirs = { a->members.v, a->members.n, elsewhere(a) };
	err_t e = add_members(a, &name);
	for (size_t i = 0; i < a->members.n; i++)
		for (size_t k = 0; k < a->claims[i].n && e == ERR_OK; k++)
			if (a->claims[i].v[k].type == TYPE_DIR)
				e = add_dir(a, a->claims[i].v[k].ino, a->members.v[i], &a->claims[i].v[k].name);
	name.b[0] = 'e'; /* another name than that of the members; and in no directory that is asked for */
	if (e == ERR_OK)
		e = add_dir(a, dirs.elsewhere, a->lost_is_member ? INO_ROOT : INO_LOST, &name);
	return e == ERR_OK ? add_files(a, &dirs) : e;
}

/* Whether a directory is revived is known; here it is nothing that is in it that says so. */
static err_t derive(struct asking *a)
{
	a->t->homes_known = true;
	err_t e = index_records(a->t);
	if (e == ERR_OK)
		e = hang_directories(a->t);
	if (e == ERR_OK)
		e = live_find(a->t);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < a->revived.n; i++)
		index_node(a->t, a->revived.v[i])->revived = true;
	a->t->nodes.v[NODE_LOST].alive = a->lost;
	return fill_directories(a->t);
}

static err_t begin(struct asking *a, const struct tree_naming *naming, uint64_t dir)
{
	err_t e = context_members(a->c, dir, &a->members);
	if (e == ERR_OK)
		e = tree_new(naming, &a->t);
	if (e != ERR_OK)
		return e;
	a->claims = calloc(a->members.n, sizeof(*a->claims));
	return a->claims ? ERR_OK : ERR_NOMEM;
}

static err_t finish(struct asking *a, struct tree **ret)
{
	err_t e = add_all(a);
	if (e == ERR_OK)
		e = derive(a);
	if (e == ERR_OK)
		*ret = steal_ptr(a->t);
	return e;
}

/* What is to be read: all claims of a directory, or those of some clusters. */
struct ask_what {
	uint64_t dir;
	bool all;
	struct u64s clusters; /* a hash of each */
};

static void ask_what_free(struct ask_what *w)
{
	u64s_free(&w->clusters);
}

static err_t read_member(struct asking *a, const struct ask_what *w, size_t i)
{
	err_t e = ERR_OK;
	if (w->all)
		return context_all_claims(a->c, a->members.v[i], &a->claims[i]);
	for (size_t k = 0; k < w->clusters.n && e == ERR_OK; k++)
		e = context_cluster_claims(a->c, a->members.v[i], w->clusters.v[k], &a->claims[i]);
	return e;
}

static err_t ask(const struct context *c, const struct tree_naming *naming, const struct ask_what *w, struct tree **ret)
{
	cleanup(asking_free) struct asking a = { .c = c };
	err_t e = begin(&a, naming, w->dir);
	for (size_t i = 0; i < a.members.n && e == ERR_OK; i++)
		e = read_member(&a, w, i);
	return e == ERR_OK ? finish(&a, ret) : e;
}

err_t ask_dir(const struct context *c, const struct tree_naming *naming, uint64_t dir, struct tree **ret)
{
	return ask(c, naming, &(struct ask_what){ .dir = dir, .all = true }, ret);
}

err_t ask_cluster(const struct context *c, const struct tree_naming *naming, struct ask_at at, struct tree **ret)
{
	cleanup(ask_what_free) struct ask_what w = { .dir = at.dir };
	err_t e = u64s_add(&w.clusters, at.hash);
	return e == ERR_OK ? ask(c, naming, &w, ret) : e;
}

err_t ask_losers(const struct context *c, const struct tree_naming *naming, uint64_t dir, struct tree **ret)
{
	cleanup(ask_what_free) struct ask_what w = { .dir = dir };
	cleanup(u64s_free) struct u64s members = { 0 };
	err_t e = context_members(c, dir, &members);
	if (e == ERR_OK)
		w.all = members.n > 1;
	if (e == ERR_OK && !w.all)
		e = context_numbers(c, shown_key_1(SHOWN_SPECIAL, dir), 1, &w.clusters);
	for (size_t i = 0; i < w.clusters.n; i++)
		w.clusters.v[i] = shown_cluster(w.clusters.v[i]);
	u64s_sort(&w.clusters);
	return e == ERR_OK ? ask(c, naming, &w, ret) : e;
}
