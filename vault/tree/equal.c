/* SPDX-License-Identifier: MIT */
#include "vault/tree/equal.h"

#include "util/cleanup.h"

#include <stdlib.h>

struct comparable {
	uint8_t type;
	struct id tag;
	size_t node;
};

static int cmp_text(const struct comparable *a, const struct comparable *b)
{
	int c = a->type - b->type;
	return c ? c : id_cmp(a->tag, b->tag);
}

static int cmp_contents(const void *x, const void *y)
{
	const struct comparable *a = x, *b = y;
	int c = cmp_text(a, b);
	return c ? c : (a->node > b->node) - (a->node < b->node);
}

static bool is_compared(const struct inode *n)
{
	return (n->type == TYPE_REGULAR || n->type == TYPE_SYMLINK) && n->file.live_n && n->file.shown_n == 1;
}

err_t equal_files(struct tree *t)
{
	cleanup_free struct comparable *c = calloc(t->nodes.n, sizeof(*c));
	if (!c)
		return ERR_NOMEM;
	size_t n = 0;
	for (size_t i = 0; i < t->nodes.n; i++) {
		struct inode *f = &t->nodes.v[i];
		f->same = i;
		if (is_compared(f))
			c[n++] = (struct comparable){ f->type, f->file.versions[0].id.tag, i };
	}
	if (n)
		qsort(c, n, sizeof(*c), cmp_contents);
	for (size_t i = 1; i < n; i++)
		if (cmp_text(&c[i - 1], &c[i]) == 0)
			t->nodes.v[c[i].node].same = t->nodes.v[c[i - 1].node].same;
	return ERR_OK;
}
