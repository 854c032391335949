/* SPDX-License-Identifier: MIT
 * Sets of what each side touches: keys, files and contents, blocks used and blocks dropped. Cautious: what cannot be
 * read is not merge-compatible.
 */
#include "sync/history/merge_compat.h"

#include "util/cleanup.h"

#include <sys/stat.h>

enum { SET_KEYS, SET_FILES, SET_USED, SET_DROPPED, SETS };
struct set { /* sorted once all are there; items point into the bytes */
	struct span *item;
	size_t n;
};
struct touch {
	struct set set[SETS];
	struct buf bytes[SETS]; /* the items, one blob16 each */
	bool moves;             /* a directory's entry goes away: it is moved or removed */
	bool unread;
};

static void touch_free(struct touch *t)
{
	for (int i = 0; i < SETS; i++) {
		free(t->set[i].item);
		buf_free(&t->bytes[i]);
	}
}

static err_t set_add(struct touch *t, int which, const void *p, size_t len)
{
	buf_blob16(&t->bytes[which], SPAN(p, len));
	t->set[which].n++;
	return buf_ok(&t->bytes[which]);
}

static int span_order(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static err_t set_sort(struct touch *t, int which)
{
	struct set *s = &t->set[which];
	struct rd r = RD(buf_span(&t->bytes[which]));
	s->item = calloc(s->n + 1, sizeof(*s->item));
	if (!s->item)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->n; i++)
		s->item[i] = rd_blob16(&r);
	qsort(s->item, s->n, sizeof(*s->item), span_order);
	return ERR_OK;
}

static bool set_meet(const struct set *a, const struct set *b)
{
	for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
		int c = span_cmp(a->item[i], b->item[k]);
		if (c == 0)
			return true;
		c < 0 ? i++ : k++;
	}
	return false;
}

static err_t touch_ino(struct touch *t, uint64_t ino)
{
	return set_add(t, SET_FILES, &ino, sizeof(ino));
}

static bool has_entry(const struct dirent_rec *list, size_t n, const struct dirent_rec *e)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].ino == e->ino && span_cmp(list[i].name, e->name) == 0)
			return true;
	}
	return false;
}

static err_t touch_dirent(struct touch *t, struct span before, struct span after)
{
	struct dirent_rec was[DIRENT_TIES_MAX], is[DIRENT_TIES_MAX];
	size_t nwas = 0, nis = 0;
	if ((before.p && dirent_decode(before, was, &nwas)) || (after.p && dirent_decode(after, is, &nis))) {
		t->unread = true;
		return ERR_OK;
	}
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < nwas; i++) {
		e = touch_ino(t, was[i].ino);
		t->moves |= was[i].type == S_IFDIR && !has_entry(is, nis, &was[i]);
	}
	for (size_t i = 0; !e && i < nis; i++)
		e = touch_ino(t, is[i].ino);
	return e;
}

static err_t touch_extents(struct touch *t, uint32_t group, struct span after, struct extent *extents)
{
	size_t n;
	err_t e = ERR_OK;
	if (!after.p)
		return ERR_OK;
	if (extents_decode(after, group, extents, EXTENTS_MAX, &n)) {
		t->unread = true;
		return ERR_OK;
	}
	for (size_t i = 0; !e && i < n; i++)
		e = set_add(t, SET_USED, extents[i].block.b, ID_LEN);
	return e;
}

static err_t touch_one(struct touch *t, const struct change *c, struct extent *extents)
{
	struct id id;
	uint64_t ino, hash;
	uint32_t group;
	err_t e = set_add(t, SET_KEYS, c->key.p, c->key.len);
	if (e)
		return e;
	if (key_parse_ino_hash(c->key, REC_DIRENT, &ino, &hash)) {
		e = touch_ino(t, ino);
		return e ? e : touch_dirent(t, c->before, c->after);
	}
	if (key_parse_ino(c->key, REC_INODE, &ino) || key_parse_ino_hash(c->key, REC_XATTR, &ino, &hash) ||
	    key_parse_ino(c->key, REC_ALIAS, &ino))
		return touch_ino(t, ino);
	if (key_parse_extents(c->key, &id, &group)) {
		e = set_add(t, SET_FILES, id.b, ID_LEN);
		return e ? e : touch_extents(t, group, c->after, extents);
	}
	if (key_parse_id(c->key, REC_BLOCK, &id) && !c->after.p)
		return set_add(t, SET_DROPPED, id.b, ID_LEN);
	return ERR_OK;
}

static err_t touch_all(struct touch *t, const struct delta *d)
{
	cleanup_free struct extent *extents = malloc(EXTENTS_MAX * sizeof(*extents));
	struct rd r = RD(buf_span(&d->b));
	struct change c;
	err_t e = extents ? ERR_OK : ERR_NOMEM;
	while (!e && delta_next(&r, &c))
		e = touch_one(t, &c, extents);
	for (int i = 0; !e && i < SETS; i++)
		e = set_sort(t, i);
	return e;
}

err_t merge_compatible(const struct delta *ours, const struct delta *theirs, bool *ret)
{
	cleanup(touch_free) struct touch a = { 0 }, b = { 0 };
	err_t e = touch_all(&a, ours);
	if (!e)
		e = touch_all(&b, theirs);
	if (e)
		return e;
	*ret = !a.unread && !b.unread && !(a.moves && b.moves) && !set_meet(&a.set[SET_KEYS], &b.set[SET_KEYS]) &&
	       !set_meet(&a.set[SET_FILES], &b.set[SET_FILES]) && !set_meet(&a.set[SET_USED], &b.set[SET_DROPPED]) &&
	       !set_meet(&a.set[SET_DROPPED], &b.set[SET_USED]);
	return ERR_OK;
}
