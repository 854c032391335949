/* SPDX-License-Identifier: MIT */
#include "vault/act/removal.h"

#include "vault/act/handles.h"
#include "vault/act/put.h"
#include "vault/join/place.h"
#include "vault/join/version_set.h"

/* The versions that go with the link, if it is the last one shown. */
static err_t versions_taken(struct act *a, uint64_t ino, uint64_t lid, bool *last, struct version_set *seen)
{
	const struct tree *t;
	const struct tree_file *f;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_file(t, ino, &f);
	if (e == ERR_NOTFOUND) { /* a directory */
		*last = true;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	*last = true;
	for (size_t i = 0; i < f->links_n; i++)
		if (f->links[i].live && f->links[i].lid != lid)
			*last = false;
	for (size_t i = 0; *last && i < f->shown_n; i++)
		if (!version_set_add(seen, f->versions[i].id))
			return ERR_NOMEM;
	return ERR_OK;
}

static err_t put(struct act *a, struct link_rec *l, struct stamp stamp, const struct partner *by,
                 const struct version_set *seen)
{
	struct replacement r;
	l->is_removed = !by;
	l->replaced = NULL;
	l->replaced_n = l->replaced_cap = 0;
	if (by) {
		r = (struct replacement){ { by->ino, by->lid, stamp }, *seen };
		l->replaced = &r;
		l->replaced_n = 1;
	} else {
		l->removed = (struct removal){ stamp, *seen, stamp };
	}
	return put_link(a, l);
}

static void handles_unlinked(struct act *a, uint64_t ino)
{
	for (struct act_handle *h = handles_of(a, ino); h; h = handles_more(h)) {
		handles_change(a, h);
		h->unlinked = true;
	}
}

err_t removal_put(struct act *a, uint64_t ino, uint64_t lid, struct stamp stamp, const struct partner *by)
{
	cleanup(version_set_free) struct version_set seen = { 0 };
	cleanup(link_rec_free) struct link_rec l = { 0 };
	bool last = false;
	err_t e = versions_taken(a, ino, lid, &last, &seen);
	if (e == ERR_OK)
		e = shared_link(act_shown(a), ino, lid, &l);
	if (e != ERR_OK)
		return e;
	struct link_rec said = l; /* what is new; it joins with what was said before */
	e = put(a, &said, stamp, by, &seen);
	if (e == ERR_OK && last)
		handles_unlinked(a, ino);
	return e;
}

err_t removal_hidden(struct act *a, const struct tree_entry *entry)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < entry->hidden_n; i++)
		e = removal_put(a, entry->hidden[i]->ino, entry->hidden[i]->lid, act_tick(a), NULL);
	return e;
}
