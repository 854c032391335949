/* SPDX-License-Identifier: MIT */
#include "vault/tree/inherit.h"

#include "vault/tree/index.h"

static bool run_has(const struct tree *t, struct run r, const struct version_id *id)
{
	for (size_t i = 0; i < r.n; i++)
		if (!id || version_id_cmp(t->seen.v[r.at + i], *id) == 0)
			return true;
	return false;
}

/* id: NULL: any version. */
static bool saw(const struct tree *t, const struct tree_link *l, const struct version_id *id)
{
	const struct more *m = index_more(t, l);
	if (!m)
		return false;
	if (m->has_removal && run_has(t, m->seen, id))
		return true;
	for (size_t i = 0; i < m->replaced.n; i++) {
		const struct bound *b = &t->replaced.v[m->replaced.at + i];
		if (index_holds(t, &b->to) && run_has(t, b->seen, id))
			return true;
	}
	return false;
}

static bool saw_of_file(const struct tree *t, uint64_t ino, const struct version_id *id)
{
	const struct tree_link *end = t->links.v + t->links.n;
	for (const struct tree_link *l = index_links(t, ino); l < end && l->ino == ino; l++)
		if (saw(t, l, id))
			return true;
	return false;
}

/* Is it as the split made it, with the life `life`? A link may be there twice. */
static bool is_as_split(const struct tree *t, uint64_t copy, struct stamp life)
{
	const struct tree_link *end = t->links.v + t->links.n, *l = index_links(t, copy);
	bool is = l < end && l->ino == copy;
	for (; is && l < end && l->ino == copy; l++)
		is = l->lid == LID_FIRST && stamp_cmp(l->life, life) == 0 && (!l->removed || saw(t, l, NULL));
	return is;
}

bool inherit_takes(const struct tree *t, const struct copy_path *path, const struct tree_version *v)
{
	for (size_t k = path->n - 1; k > 0; k--) {
		bool alone = path->alone >> (k - 1) & 1;
		if (!is_as_split(t, path->ino[k], alone ? v->id.stamp : v->root.stamp))
			return false;
		if (saw_of_file(t, path->ino[k - 1], &v->id))
			return true;
	}
	return false;
}

err_t inherit_find(struct tree *t)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < t->versions.n && e == ERR_OK; i++) {
		struct tree_version *v = &t->versions.v[i];
		struct copy_path path;
		if (v->ino == v->home)
			continue;
		e = index_path(t, v, &path);
		if (e == ERR_OK)
			v->taken = inherit_takes(t, &path, v);
	}
	return e;
}
