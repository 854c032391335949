/* SPDX-License-Identifier: MIT */
#include "vault/work/news.h"

#include "util/cleanup.h"
#include "vault/join/shared_key.h"

#include <stdlib.h>

struct numbers_part {
	struct changed_keys keys;
	struct changed_numbers found;
	struct watch read;
	bool again; /* it failed: what was touched meanwhile contradicts itself */
};
struct names_part {
	struct clusters some; /* of all: not owned */
	struct u64s unknown;  /* directories that nobody knew: nothing is found of them */
	struct work_changes found;
	struct watch read;
	bool again; /* likewise */
};
struct news {
	struct news_config cfg;
	struct tree_naming derived;        /* without stand-ins */
	const struct records_entry **keys; /* of changes; by inode */
	struct numbers_part *numbers;
	size_t numbers_n, numbers_made;
	struct clusters clusters; /* once it is listed */
	struct names_part *names;
	size_t names_n, names_made;
};

void news_freep(struct news **ret)
{
	struct news *n = steal_ptr(*ret);
	if (!n)
		return;
	for (size_t i = 0; i < n->numbers_n; i++) {
		changed_numbers_free(&n->numbers[i].found);
		watch_free(&n->numbers[i].read);
	}
	for (size_t i = 0; i < n->names_n; i++) {
		u64s_free(&n->names[i].unknown);
		work_changes_free(&n->names[i].found);
		watch_free(&n->names[i].read);
	}
	free(n->numbers);
	free(n->names);
	free(n->keys);
	clusters_free(&n->clusters);
	free(n);
}

/* -- numbers ------------------------------------------------------------------------------------------------------- */

struct of_inode {
	uint64_t ino;
	size_t at; /* in the table of changes */
};

static int by_inode(const void *x, const void *y)
{
	const struct of_inode *a = x, *b = y;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* sort_keys: *ret_n of `list` are of inodes. */
static err_t sort_keys(const struct records *changes, struct of_inode *list, size_t *ret_n)
{
	size_t n = 0;
	for (size_t i = 0; i < changes->n; i++) {
		struct shared_name name;
		err_t e = shared_key_parse(records_key(changes->v[i]), &name);
		if (e && e != ERR_NOTFOUND)
			return e;
		if (!e)
			list[n++] = (struct of_inode){ name.ino, i };
	}
	if (n)
		qsort(list, n, sizeof(*list), by_inode);
	*ret_n = n;
	return ERR_OK;
}

/* cut_numbers: no inode is in two parts. */
static void cut_numbers(struct news *n, const struct of_inode *list, size_t keys)
{
	struct numbers_part *p = NULL;
	for (size_t i = 0; i < keys; i++) {
		n->keys[i] = n->cfg.changes->v[list[i].at];
		if (!p || (p->keys.n >= n->cfg.part && list[i].ino != list[i - 1].ino)) {
			p = &n->numbers[n->numbers_n++];
			p->keys.v = &n->keys[i];
		}
		p->keys.n++;
	}
}

err_t news_new(const struct news_config *c, struct news **ret)
{
	cleanup(news_freep) struct news *n = calloc(1, sizeof(*n));
	cleanup_free struct of_inode *list = calloc(c->changes->n + 1, sizeof(*list));
	size_t keys = 0;
	if (!n || !list)
		return ERR_NOMEM;
	n->cfg = *c;
	n->derived = *c->naming;
	n->derived.stand_ins = NULL;
	n->keys = calloc(c->changes->n + 1, sizeof(struct records_entry *));
	n->numbers = calloc(c->changes->n / c->part + 1, sizeof(*n->numbers));
	err_t e = n->keys && n->numbers ? sort_keys(c->changes, list, &keys) : ERR_NOMEM;
	if (e)
		return e;
	cut_numbers(n, list, keys);
	*ret = steal_ptr(n);
	return ERR_OK;
}

/* states: what is read is noted in `watch`. */
static struct work_step states(const struct news *n, struct watch *watch, struct following_states *s)
{
	following_states(n->cfg.following, watch, s);
	return (struct work_step){ &s->was, &s->is, &n->derived, &n->derived, n->cfg.told };
}

err_t news_numbers(struct news *n)
{
	cleanup(following_states_end) struct following_states s = { 0 };
	if (n->numbers_made == n->numbers_n)
		return ERR_NOTFOUND;
	struct numbers_part *p = &n->numbers[n->numbers_made];
	const struct work_step step = states(n, &p->read, &s);
	err_t e = changed_numbers_find(&step, p->keys, &p->found);
	if (!e)
		e = changed_numbers_judge(&step, &p->found);
	p->again = e;
	n->numbers_made++;
	return ERR_OK;
}

/* -- names --------------------------------------------------------------------------------------------------------- */

err_t news_list(struct news *n)
{
	const size_t part = n->cfg.part;
	err_t e = clusters_add_local(following_local(n->cfg.following), &n->clusters);
	for (size_t i = 0; !e && i < n->numbers_n; i++)
		e = clusters_add_all(&n->clusters, &n->numbers[i].found.names);
	if (e)
		return e;
	clusters_sort(&n->clusters);
	const size_t names = (n->clusters.n + part - 1) / part;
	n->names = calloc(names + 1, sizeof(*n->names));
	if (!n->names)
		return ERR_NOMEM;
	for (; n->names_n < names; n->names_n++) {
		const size_t at = n->names_n * part, some = MIN(part, n->clusters.n - at);
		n->names[n->names_n].some = (struct clusters){ n->clusters.v + at, some, some };
	}
	return ERR_OK;
}

err_t news_names(struct news *n)
{
	cleanup(following_states_end) struct following_states s = { 0 };
	if (n->names_made == n->names_n)
		return ERR_NOTFOUND;
	struct names_part *p = &n->names[n->names_made];
	const struct work_step step = states(n, &p->read, &s);
	p->again = changed_names_find(&step, p->some, &p->unknown, &p->found) != ERR_OK;
	n->names_made++;
	return ERR_OK;
}

/* -- settled ------------------------------------------------------------------------------------------------------- */

/* settle_numbers: more: gets the names of what is not made, or touched. */
static err_t settle_numbers(const struct news *n, const struct news_last *l, struct clusters *more,
                            struct work_changes *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n->numbers_n; i++) {
		const struct numbers_part *p = &n->numbers[i];
		cleanup(changed_numbers_free) struct changed_numbers now = { 0 };
		if (i < n->numbers_made && !p->again && !watch_met(&p->read, l->touched)) {
			e = changed_numbers_tell(l->step, &p->found, ret);
			continue;
		}
		e = changed_numbers_find(l->step, p->keys, &now);
		if (!e)
			e = clusters_add_all(more, &now.names);
		if (!e)
			e = changed_numbers_tell(l->step, &now, ret);
	}
	return e;
}

/* add_local: those that are not listed. */
static err_t add_local(const struct news *n, struct clusters *more)
{
	cleanup(clusters_free) struct clusters all = { 0 };
	err_t e = clusters_add_local(following_local(n->cfg.following), &all);
	for (size_t i = 0; !e && i < all.n; i++)
		if (!clusters_has(&n->clusters, &all.v[i]))
			e = clusters_add(more, all.v[i]);
	return e;
}

/* translate: what was found by numbers as derived. */
static err_t translate(const struct names_part *p, const struct work_step *s, struct work_changes *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < p->found.n; i++) {
		struct work_change c = p->found.v[i];
		c.before = stand_in_as(s->was_naming->stand_ins, c.before);
		c.after = stand_in_as(s->naming->stand_ins, c.after);
		e = changes_add(ret, &c);
	}
	return e;
}

/* find_unknown: somebody may know the directory meanwhile. */
static err_t find_unknown(const struct names_part *p, const struct work_step *s, struct work_changes *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0, k = 0; !e && i < p->unknown.n; i++) {
		while (p->some.v[k].dir != p->unknown.v[i])
			k++;
		size_t end = k;
		while (end < p->some.n && p->some.v[end].dir == p->unknown.v[i])
			end++;
		e = changed_names_find(s, (struct clusters){ p->some.v + k, end - k, end - k }, NULL, ret);
	}
	return e;
}

static err_t settle_names(const struct news *n, const struct news_last *l, struct work_changes *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n->names_n; i++) {
		const struct names_part *p = &n->names[i];
		if (i >= n->names_made || p->again || watch_met(&p->read, l->touched)) {
			e = changed_names_find(l->step, p->some, NULL, ret);
			continue;
		}
		e = translate(p, l->step, ret);
		if (!e)
			e = find_unknown(p, l->step, ret);
	}
	return e;
}

err_t news_settle(const struct news *n, const struct news_last *l, struct work_changes *ret)
{
	cleanup(clusters_free) struct clusters more = { 0 };
	err_t e = settle_numbers(n, l, &more, ret);
	if (!e)
		e = changed_numbers_gone(l->step, l->parted, ret);
	if (!e && (!n->names || l->touched->n))
		e = add_local(n, &more);
	if (!e)
		e = clusters_add_all(&more, l->names);
	if (e)
		return e;
	clusters_sort(&more);
	e = changed_names_find(l->step, more, NULL, ret);
	return e ? e : settle_names(n, l, ret);
}
