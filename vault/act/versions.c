/* SPDX-License-Identifier: MIT */
#include "vault/act/versions.h"

#include "vault/join/version_set.h"

err_t versions_find(struct act *a, uint64_t ino, struct version_id id, const struct tree_version **ret)
{
	const struct tree *t;
	const struct tree_file *f;
	const struct tree_version *found = NULL;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, ino, &f);
	for (size_t i = 0; e == ERR_OK && i < f->versions_n; i++)
		if (version_id_cmp(f->versions[i].id, id) == 0)
			found = &f->versions[i];
	if (e != ERR_OK && e != ERR_NOTFOUND)
		return e;
	*ret = found;
	return ERR_OK;
}

err_t versions_equal(struct act *a, uint64_t ino, struct id tag, struct version_set *ret)
{
	const struct tree *t;
	const struct tree_file *f;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, ino, &f);
	for (size_t i = 0; e == ERR_OK && i < f->shown_n; i++)
		if (id_eq(f->versions[i].id.tag, tag) && !version_set_add(ret, f->versions[i].id))
			e = ERR_NOMEM;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}
