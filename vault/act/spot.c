/* SPDX-License-Identifier: MIT */
#include "vault/act/spot.h"

#include "util/invariant.h"
#include "vault/act/put.h"

#include <string.h>

struct name spot_name(struct span s)
{
	INVARIANT(s.len <= NAME_BYTES);
	struct name n = { .len = (uint8_t)s.len };
	memcpy(n.b, s.p, s.len);
	return n;
}

err_t spot_find(struct act *a, const struct spot *at, const struct tree_entry **ret)
{
	const struct tree *t;
	const struct tree_dir *dir;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_dir(t, at->dir, &dir);
	if (e != ERR_OK)
		return e;
	const struct tree_entry *found = NULL;
	e = tree_lookup(t, at->dir, spot_span(&at->name), &found);
	if (e != ERR_OK && e != ERR_NOTFOUND)
		return e;
	*ret = found;
	return ERR_OK;
}

err_t spot_real(struct act *a, uint64_t dir, uint64_t now, uint64_t *ret)
{
	const struct tree *t;
	const struct tree_dir *d;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_dir(t, dir, &d);
	if (e != ERR_OK)
		return e;
	uint64_t first = 0, found = d->ino == INO_LOST ? now : 0;
	for (size_t i = 0; i < d->members_n; i++) {
		uint64_t m = d->members[i];
		if (m == INO_LOST)
			continue;
		if (!first)
			first = m;
		if (m == now)
			found = m;
	}
	if (!found)
		found = first;
	if (!found)
		return ERR_INVAL;
	*ret = found;
	return ERR_OK;
}

err_t spot_may_hold(struct act *a, uint64_t dir, enum refusal *ret)
{
	uint64_t real;
	err_t e = spot_real(a, dir, 0, &real);
	if (e == ERR_INVAL)
		*ret = REFUSED_ACCESS;
	return e == ERR_INVAL ? ERR_OK : e;
}

err_t spot_counts(struct act *a, uint64_t ino, uint64_t lid, struct where *ret)
{
	const struct tree *t;
	const struct tree_link *l;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_link(t, ino, lid, &l);
	if (e != ERR_OK)
		return e;
	*ret = (struct where){ .stamp = l->placed, .at = { l->dir, spot_name(l->name) }, .seat = l->seat };
	if (l->has_back) {
		ret->has_back = true;
		ret->back = (struct spot){ l->back_dir, spot_name(l->back_name) };
	}
	return ERR_OK;
}

err_t spot_put(struct act *a, uint64_t ino, uint64_t lid, uint64_t dir, struct span shown)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	struct where now;
	uint64_t real;
	err_t e = shared_link(act_shown(a), ino, lid, &l);
	if (e == ERR_OK)
		e = spot_counts(a, ino, lid, &now);
	if (e == ERR_OK)
		e = spot_real(a, dir, now.at.dir, &real);
	if (e != ERR_OK)
		return e;
	struct stamp stamp = act_tick(a);
	l.where = (struct where){ .stamp = stamp, .at = { real, spot_name(shown) }, .seat = { stamp, 0 } };
	return put_link(a, &l);
}

err_t spot_dir_members(struct act *a, uint64_t dir, struct tree_inos *ret)
{
	const struct tree *t;
	const struct tree_dir *d;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_dir(t, dir, &d);
	if (e == ERR_OK)
		*ret = (struct tree_inos){ d->members, d->members_n };
	return e;
}

err_t spot_members(struct act *a, const struct tree_entry *entry, struct tree_inos *ret)
{
	if (!entry || !entry->version)
		return spot_dir_members(a, entry ? entry->ino : INO_ROOT, ret);
	*ret = (struct tree_inos){ &entry->ino, 1 };
	return ERR_OK;
}
