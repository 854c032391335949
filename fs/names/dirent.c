/* SPDX-License-Identifier: MIT
 * A directory's entries in the map. Entries whose names hash alike share one record, in name order.
 */
#include "fs/names/dirent.h"

#include <string.h>

void ents_free(struct ents *e)
{
	buf_free(&e->hold);
}

int name_check(const char *name)
{
	size_t n = strnlen(name, NAME_LEN_MAX + 1);
	if (n > NAME_LEN_MAX)
		return ENAMETOOLONG;
	if (!n || !strcmp(name, ".") || !strcmp(name, "..") || memchr(name, '/', n))
		return EINVAL;
	return 0;
}

int name_hash(struct fs *fs, const char *name, uint64_t *ret)
{
	uint64_t h;
	err_t e = namehash_of(keyring_namehash(fs->cfg.ring), span_str(name), &h);
	if (e)
		return errno_of(e);
	*ret = h & fs->hash_mask;
	return 0;
}

/* ents_get: all entries with the hash of `name`; none is an answer. */
static int ents_get(struct fs *fs, struct txn *t, uint64_t dir, const char *name, struct ents *e)
{
	int err = name_hash(fs, name, &e->hash);
	if (err)
		return err;
	struct rkey k = key_ino_hash(REC_DIRENT, dir, e->hash);
	err_t r = rec_get(fs, t, rkey_span(&k), &e->hold);
	e->n = 0;
	if (r == ERR_NOTFOUND)
		return 0;
	r = r ? r : dirent_decode(buf_span(&e->hold), e->list, &e->n);
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

int dirent_find(struct fs *fs, struct txn *t, uint64_t dir, const char *name, struct dirent_rec *ret)
{
	cleanup(ents_free) struct ents e = { .hold = BUF_INIT };
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

static void ents_put(struct txn *t, uint64_t dir, const struct ents *e)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino_hash(REC_DIRENT, dir, e->hash);
	if (!e->n) {
		txn_del(t, rkey_span(&k));
		return;
	}
	dirent_encode(e->list, e->n, &value);
	txn_put(t, rkey_span(&k), &value);
}

int dirent_set(struct fs *fs, struct txn *t, uint64_t dir, const char *name, uint64_t ino, mode_t type)
{
	cleanup(ents_free) struct ents e = { .hold = BUF_INIT };
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

int dirent_clear(struct fs *fs, struct txn *t, uint64_t dir, const char *name)
{
	cleanup(ents_free) struct ents e = { .hold = BUF_INIT };
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

int dir_edit(struct fs *fs, struct txn *t, uint64_t dir, struct inode_rec *ret, struct buf *hold)
{
	int err = inode_get_txn(t, dir, ret, hold);
	if (err)
		return err;
	if (!S_ISDIR(ret->mode))
		return ENOTDIR;
	if (dir == INO_ROOT)
		return 0;
	struct count_rec counts;
	err = inode_counts(fs, dir, &counts);
	return err ? err : counts.names ? 0 : ENOENT;
}

int dir_touch(struct fs *fs, struct txn *t, uint64_t dir, struct stamp now)
{
	(void)fs;
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct inode_rec in;
	int err = inode_get_txn(t, dir, &in, &hold);
	if (err)
		return err;
	in.mtime = in.ctime = now;
	inode_put_txn(t, &in);
	return 0;
}

int inode_touch(struct fs *fs, struct txn *t, uint64_t ino, struct stamp now)
{
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct inode_rec in;
	int err = inode_edit(fs, t, ino, &in, &hold);
	if (err)
		return err;
	in.ctime = now;
	inode_put_txn(t, &in);
	return 0;
}

static int found_one(void *ctx, struct span key, struct span value)
{
	(void)key;
	(void)value;
	*(bool *)ctx = true;
	return MAP_STOP;
}

int dir_empty(struct fs *fs, uint64_t dir)
{
	bool any = false;
	struct rkey k = key_ino(REC_DIRENT, dir);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), found_one, &any);
	return e ? errno_of(e) : any ? ENOTEMPTY : 0;
}

static int first_link(void *ctx, struct span key, struct span value)
{
	(void)value;
	uint64_t ino, hash;
	return key_parse_link(key, &ino, ctx, &hash) ? MAP_STOP : (int)ERR_DAMAGED;
}

int dir_parent(struct fs *fs, uint64_t dir, uint64_t *ret)
{
	uint64_t parent = 0;
	if (dir == INO_ROOT)
		parent = INO_ROOT;
	struct rkey k = key_ino(REC_LINK, dir);
	err_t e =
	        parent ? ERR_OK : map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), first_link, &parent);
	if (e || !parent)
		return e ? errno_of(e) : ENOENT;
	*ret = parent;
	return 0;
}
