/* SPDX-License-Identifier: MIT */
#include "fs/names/dirent.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/record.h"
#include "fs/core/name.h"

#include <string.h>
#include <sys/stat.h>

struct ents {
	struct buf raw; /* list's names point into it */
	struct dirent_rec list[DIRENT_TIES_MAX];
	size_t n;
	uint64_t hash;
};

static void ents_free(struct ents *e)
{
	buf_free(&e->raw);
}

/* ents_get: all entries with the hash of `name`; none is an answer. */
static int ents_get(struct fs *fs, struct change *t, uint64_t dir, const char *name, struct ents *e)
{
	int err = name_hash(fs, name, &e->hash);
	if (err)
		return err;
	struct rkey k = key_ino_hash(REC_DIRENT, dir, e->hash);
	err_t r = record_get(fs, t, rkey_span(&k), &e->raw);
	e->n = 0;
	if (r == ERR_NOTFOUND)
		return 0;
	r = r ? r : dirent_decode(buf_span(&e->raw), e->list, &e->n);
	return errno_of(damage_check(fs, r, dir, name, "the directory entry"));
}

/* ents_at: index of the first entry not before `name`; *found tells whether it is that one. */
static size_t ents_at(const struct ents *e, const char *name, bool *found)
{
	size_t i = 0;
	int c = 1;
	while (i < e->n && (c = span_cmp(e->list[i].name, span_str(name))) < 0)
		i++;
	*found = i < e->n && !c;
	return i;
}

int dirent_find(struct fs *fs, struct change *t, uint64_t dir, const char *name, struct dirent_rec *ret)
{
	cleanup(ents_free) struct ents e = { .raw = BUF_INIT };
	int err = ents_get(fs, t, dir, name, &e);
	if (err)
		return err;
	bool found;
	size_t i = ents_at(&e, name, &found);
	if (!found)
		return ENOENT;
	*ret = e.list[i];
	ret->name = SPAN(NULL, 0);
	return 0;
}

static void ents_put(struct change *t, uint64_t dir, const struct ents *e)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino_hash(REC_DIRENT, dir, e->hash);
	if (!e->n) {
		txn_del(t->txn, rkey_span(&k));
		return;
	}
	dirent_encode(e->list, e->n, &value);
	txn_put(t->txn, rkey_span(&k), &value);
}

int dirent_set(struct fs *fs, struct change *t, uint64_t dir, const char *name, uint64_t ino, mode_t type)
{
	cleanup(ents_free) struct ents e = { .raw = BUF_INIT };
	int err = ents_get(fs, t, dir, name, &e);
	if (err)
		return err;
	bool found;
	size_t i = ents_at(&e, name, &found);
	if (!found) {
		if (e.n == DIRENT_TIES_MAX)
			return ENOSPC;
		memmove(&e.list[i + 1], &e.list[i], (e.n - i) * sizeof(e.list[0]));
		e.n++;
	}
	e.list[i] = (struct dirent_rec){ span_str(name), ino, type & S_IFMT };
	ents_put(t, dir, &e);
	return 0;
}

int dirent_clear(struct fs *fs, struct change *t, uint64_t dir, const char *name)
{
	cleanup(ents_free) struct ents e = { .raw = BUF_INIT };
	int err = ents_get(fs, t, dir, name, &e);
	if (err)
		return err;
	bool found;
	size_t i = ents_at(&e, name, &found);
	if (!found)
		return ENOENT;
	memmove(&e.list[i], &e.list[i + 1], (e.n - i - 1) * sizeof(e.list[0]));
	e.n--;
	ents_put(t, dir, &e);
	return 0;
}
