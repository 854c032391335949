/* SPDX-License-Identifier: MIT
 * Three lists go through a handle: all (act.h), those whose inodes share a chain, those that the operation changed. In
 * each, `at` is what points to it.
 */
#include "vault/act/handles.h"

/* chain_of: the low bits of numbers count (join.md, "Numbers of inodes"), those of copies are a hash. */
static unsigned chain_of(uint64_t ino)
{
	return (unsigned)(ino % HANDLE_CHAINS);
}

static void chain_in(struct act *a, struct act_handle *h)
{
	struct act_handle **first = &a->handles.chains[chain_of(h->ino)];
	h->chain.next = *first;
	h->chain.at = first;
	if (*first)
		(*first)->chain.at = &h->chain.next;
	*first = h;
}

static void chain_out(struct act_handle *h)
{
	*h->chain.at = h->chain.next;
	if (h->chain.next)
		h->chain.next->chain.at = h->chain.at;
	h->chain.at = NULL;
}

static void changed_out(struct act_handle *h)
{
	if (!h->changed.at)
		return;
	*h->changed.at = h->changed.next;
	if (h->changed.next)
		h->changed.next->changed.at = h->changed.at;
	h->changed.at = NULL;
}

static struct act_handle_was state_of(const struct act_handle *h)
{
	return (struct act_handle_was){
		h->shown, h->ino, h->lid, h->version, h->root, h->time, h->unlinked, h->outdone
	};
}

void handles_change(struct act *a, struct act_handle *h)
{
	if (h->changed.at)
		return;
	h->was = state_of(h);
	h->is_new = false;
	h->changed.next = a->handles.changed;
	h->changed.at = &a->handles.changed;
	if (h->changed.next)
		h->changed.next->changed.at = &h->changed.next;
	a->handles.changed = h;
}

void handles_move(struct act *a, struct act_handle *h, uint64_t ino)
{
	handles_change(a, h);
	h->ino = ino;
	if (!h->at)
		return;
	chain_out(h);
	chain_in(a, h);
}

void handles_add(struct act *a, struct act_handle *h)
{
	h->at = &a->handles.all;
	h->next = a->handles.all;
	if (h->next)
		h->next->at = &h->next;
	a->handles.all = h;
	chain_in(a, h);
	h->changed.at = NULL;
	handles_change(a, h);
	h->is_new = true;
}

void handles_remove(struct act_handle *h)
{
	changed_out(h);
	if (!h->at)
		return;
	*h->at = h->next;
	if (h->next)
		h->next->at = h->at;
	h->at = NULL;
	chain_out(h);
}

/* found: `h` or the next one in its chain that is of `ino`. */
static struct act_handle *found(struct act_handle *h, uint64_t ino)
{
	while (h && h->ino != ino)
		h = h->chain.next;
	return h;
}

struct act_handle *handles_of(const struct act *a, uint64_t ino)
{
	return found(a->handles.chains[chain_of(ino)], ino);
}

struct act_handle *handles_more(const struct act_handle *h)
{
	return found(h->chain.next, h->ino);
}

void handles_keep(struct act *a)
{
	while (a->handles.changed)
		changed_out(a->handles.changed);
}

static void restore(struct act *a, struct act_handle *h)
{
	const struct act_handle_was *w = &h->was;
	if (h->ino != w->ino)
		handles_move(a, h, w->ino);
	h->shown = w->shown;
	h->lid = w->lid;
	h->version = w->version;
	h->root = w->root;
	h->time = w->time;
	h->unlinked = w->unlinked;
	h->outdone = w->outdone;
	changed_out(h);
}

void handles_restore(struct act *a)
{
	while (a->handles.changed) {
		struct act_handle *h = a->handles.changed;
		if (h->is_new)
			handles_remove(h);
		else
			restore(a, h);
	}
}
