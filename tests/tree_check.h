/* SPDX-License-Identifier: MIT
 * What holds of every tree, whatever the records are (for the unit test and the fuzz target of vault/tree): one root,
 * no cycle, no directory twice, names in order, and every live link shown or hidden once.
 */
#pragma once

#include "util/cleanup.h"
#include "vault/tree/build.h"

#include <stdio.h>
#include <stdlib.h>

struct tree_count {
	size_t dirs, links; /* directories, and links of files, shown or hidden */
};

static inline void tree_want(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "tree: %s\n", what);
	abort();
}

static inline void tree_check_entry(const struct tree *t, const struct tree_dir *d, size_t i, struct tree_count *c)
{
	const struct tree_entry *e = d->children[i], *found;
	tree_want(e->dir == d->ino && e->name.len <= NAME_BYTES,
	          "an entry of another directory, or with too long a name");
	tree_want(i == 0 || span_cmp(d->children[i - 1]->name, e->name) < 0, "two entries of one name");
	tree_want(tree_lookup(t, d->ino, e->name, &found) == ERR_OK && found == e, "an entry is not found");
	tree_want(e->counter || span_cmp(e->name, e->recorded) == 0, "a name that nothing explains");
	if (e->version && !e->sibling)
		c->links += 1 + e->hidden_n;
	for (size_t k = 0; k < e->hidden_n; k++)
		tree_want(e->hidden[k]->entry == e, "a hidden link has another entry");
}

/* tree_check_dirs: walks from the root; at most `most` directories. */
static inline struct tree_count tree_check_dirs(const struct tree *t, size_t most)
{
	struct tree_count c = { .dirs = 1 };
	cleanup_free const struct tree_dir **queue = calloc(most + 2, sizeof(*queue));
	tree_want(queue && tree_dir(t, INO_ROOT, &queue[0]) == ERR_OK, "no root");
	for (size_t i = 0; i < c.dirs; i++) {
		const struct tree_dir *d = queue[i];
		tree_want(d->members_n && d->members[0] == d->ino, "the identity is not the first member");
		for (size_t k = 0; k < d->children_n; k++) {
			tree_check_entry(t, d, k, &c);
			if (d->children[k]->version)
				continue;
			tree_want(c.dirs < most + 2, "more directories than there are");
			tree_want(tree_dir(t, d->children[k]->ino, &queue[c.dirs]) == ERR_OK, "no such directory");
			tree_want(queue[c.dirs]->entry == d->children[k] && queue[c.dirs]->up == d->ino,
			          "a directory twice");
			c.dirs++;
		}
	}
	return c;
}

static inline void tree_check_link(const struct tree_link *l)
{
	const struct tree_entry *e = l->entry;
	tree_want(e != NULL, "a live link has no entry");
	bool found = e->ino == l->ino && e->lid == l->lid;
	for (size_t i = 0; i < e->hidden_n; i++)
		found |= e->hidden[i] == l;
	tree_want(found, "a live link is neither shown nor hidden");
}

/* tree_check: all that holds; inos: of all records, each once. */
static inline void tree_check(const struct tree *t, const uint64_t *inos, size_t n)
{
	struct tree_count c = tree_check_dirs(t, n);
	size_t live = 0, members = 0;
	for (size_t i = 0; i < n; i++) {
		const struct tree_file *f;
		const struct tree_dir *d;
		members += tree_dir(t, inos[i], &d) == ERR_OK && inos[i] != INO_ROOT && inos[i] != INO_LOST;
		if (tree_file(t, inos[i], &f) != ERR_OK)
			continue;
		live += f->live_n;
		for (size_t k = 0; k < f->links_n; k++)
			if (f->links[k].live)
				tree_check_link(&f->links[k]);
	}
	tree_want(live == c.links, "links shown are not those that live");
	tree_want(members + 2 >= c.dirs, "directories shown that no record is of");
}
