/* SPDX-License-Identifier: MIT
 * What follows from a changed directory entry or extents record. Each change contributes the difference between what
 * the value before and the value after stand for, so the sum is right whatever the order and number of changes.
 * A value of a newer version stands for nothing here (it cannot be read): a format with such values announces itself by
 * a feature in the header.
 */
#include "vault/txn/txn_derive.h"

#include "util/cleanup.h"
#include "util/log.h"

#include <string.h>
#include <sys/stat.h>

static err_t add_delta(struct txn *t, struct rkey key, int64_t a, int64_t b)
{
	struct txn_change *n = txn_change_of(t, rkey_span(&key));
	if (!n)
		return ERR_NOMEM;
	n->state = CHANGE_DELTA;
	n->delta[0] += a;
	n->delta[1] += b;
	return ERR_OK;
}

/* --- directory entries --- */

struct entries {
	struct dirent_rec list[DIRENT_TIES_MAX];
	size_t n;
};

static err_t read_entries(struct span value, struct entries *ret)
{
	ret->n = 0;
	if (!value.p)
		return ERR_OK;
	err_t e = dirent_decode(value, ret->list, &ret->n);
	return e == ERR_VERSION ? ERR_OK : e;
}

static err_t count_entries(struct txn *t, uint64_t dir, const struct entries *es, int sign)
{
	for (size_t i = 0; i < es->n; i++) {
		err_t e = add_delta(t, key_ino(REC_COUNT, es->list[i].ino), sign, 0);
		if (!e && es->list[i].type == S_IFDIR)
			e = add_delta(t, key_ino(REC_COUNT, dir), 0, sign);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* link_set: the LINK record of `ino` for this directory and hash: the entries that point to it. */
static err_t link_set(struct txn *t, uint64_t ino, uint64_t dir, uint64_t hash, const struct entries *es)
{
	struct dirent_rec mine[DIRENT_TIES_MAX];
	size_t count = 0;
	for (size_t i = 0; i < es->n; i++)
		if (es->list[i].ino == ino)
			mine[count++] = es->list[i];
	struct rkey key = key_link(ino, dir, hash);
	struct txn_change *n = txn_change_of(t, rkey_span(&key));
	if (!n)
		return ERR_NOMEM;
	buf_clear(&n->value);
	n->state = count ? CHANGE_PUT : CHANGE_DEL;
	if (count)
		dirent_encode(mine, count, &n->value);
	return buf_ok(&n->value);
}

static err_t link_all(struct txn *t, uint64_t dir, uint64_t hash, const struct entries *of, const struct entries *now)
{
	for (size_t i = 0; i < of->n; i++) {
		err_t e = link_set(t, of->list[i].ino, dir, hash, now);
		if (e)
			return e;
	}
	return ERR_OK;
}

static err_t derive_dirent(struct txn *t, struct span key, struct span before, struct span after)
{
	uint64_t dir, hash;
	struct entries old, new;
	if (!key_parse_ino_hash(key, REC_DIRENT, &dir, &hash))
		return ERR_DAMAGED;
	err_t e = read_entries(before, &old);
	if (!e)
		e = read_entries(after, &new);
	if (!e)
		e = count_entries(t, dir, &old, -1);
	if (!e)
		e = count_entries(t, dir, &new, 1);
	if (!e)
		e = link_all(t, dir, hash, &old, &new);
	return e ? e : link_all(t, dir, hash, &new, &new);
}

/* --- extents --- */

static err_t read_extents(struct span value, uint32_t group, struct extent *list, size_t *ret_n)
{
	*ret_n = 0;
	if (!value.p)
		return ERR_OK;
	err_t e = extents_decode(value, group, list, EXTENTS_MAX, ret_n);
	return e == ERR_VERSION ? ERR_OK : e;
}

static err_t count_extent(struct txn *t, const struct extent *p, int sign)
{
	return add_delta(t, key_id(REC_REF, p->block), sign, 0);
}

/* derive_extent_lists: both lists are in offset order, so extents that stay are passed over without touching the table.
 */
static err_t derive_extent_lists(struct txn *t, const struct extent *old, size_t nold, const struct extent *new,
                                 size_t nnew)
{
	err_t e = ERR_OK;
	size_t i = 0, j = 0;
	while (!e && (i < nold || j < nnew)) {
		if (i < nold && j < nnew && old[i].off == new[j].off &&id_eq(old[i].block, new[j].block))
			i++, j++;
		else if (j == nnew || (i < nold && old[i].off <= new[j].off))
			e = count_extent(t, &old[i++], -1);
		else
			e = count_extent(t, &new[j++], 1);
	}
	return e;
}

static err_t derive_extents(struct txn *t, struct span key, struct span before, struct span after)
{
	struct id content;
	uint32_t group;
	size_t nold, nnew;
	if (!key_parse_extents(key, &content, &group))
		return ERR_DAMAGED;
	if (!t->extents)
		t->extents = malloc(2 * EXTENTS_MAX * sizeof(*t->extents));
	if (!t->extents)
		return ERR_NOMEM;
	err_t e = read_extents(before, group, t->extents, &nold);
	if (!e)
		e = read_extents(after, group, t->extents + EXTENTS_MAX, &nnew);
	return e ? e : derive_extent_lists(t, t->extents, nold, t->extents + EXTENTS_MAX, nnew);
}

err_t derive_change(struct txn *t, struct span key, struct span before, struct span after)
{
	switch (((const uint8_t *)key.p)[0]) {
	case REC_DIRENT:
		return derive_dirent(t, key, before, after);
	case REC_EXTENTS:
		return derive_extents(t, key, before, after);
	default:
		return ERR_OK;
	}
}

/* --- counters --- */

static err_t add_to(uint32_t *v, int64_t delta)
{
	int64_t sum;
	if (__builtin_add_overflow((int64_t)*v, delta, &sum) || sum < 0 || sum > UINT32_MAX) {
		log_error(AREA_VAULT, "local index is damaged: a counter would become %lld",
		          (long long)*v + (long long)delta);
		return ERR_DAMAGED;
	}
	*v = (uint32_t)sum;
	return ERR_OK;
}

err_t derive_count(struct txn *t, struct span key, const struct txn_change *n, struct count_rec *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct count_rec c = { 0 };
	err_t e = txn_read(t, MAP_RECORDS, key, &b);
	if (!e)
		e = count_decode(buf_span(&b), &c);
	if (e && e != ERR_NOTFOUND)
		return e;
	e = add_to(&c.names, n ? n->delta[0] : 0);
	if (!e)
		e = add_to(&c.subdirs, n ? n->delta[1] : 0);
	if (!e)
		*ret = c;
	return e;
}

err_t derive_ref(struct txn *t, struct span key, const struct txn_change *n, uint32_t *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	uint32_t extents = 0;
	err_t e = txn_read(t, MAP_RECORDS, key, &b);
	if (!e)
		e = ref_decode(buf_span(&b), &extents);
	if (e && e != ERR_NOTFOUND)
		return e;
	e = add_to(&extents, n ? n->delta[0] : 0);
	if (!e)
		*ret = extents;
	return e;
}
