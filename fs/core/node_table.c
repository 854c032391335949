/* SPDX-License-Identifier: MIT
 * The node table (inodes with open handles or dirty data) and inode records.
 * The table's lock is taken after the namespace lock and before a file's; nothing is called under it but file_dirty.
 */
#include "fs/core/node_table.h"
#include "fs/core/file.h"
#include "fs/core/lookups.h"
#include "util/clock.h"

#include <string.h>
#include <time.h>

#define BUCKETS 4096
#define DIR_SIZE 4096

struct nodes {
	pthread_mutex_t lock; /* all below, and the fields of every node that say so */
	struct node *bucket[BUCKETS];
	struct node *idle;
	struct lookups kernel;
};

int nodes_open(struct fs *fs)
{
	struct nodes *t = calloc(1, sizeof(*t));
	if (!t)
		return ENOMEM;
	int err = pthread_mutex_init(&t->lock, NULL);
	if (err) {
		free(t);
		return err;
	}
	fs->nodes = t;
	return 0;
}

void nodes_close(struct fs *fs)
{
	struct nodes *t = steal_ptr(fs->nodes);
	if (!t)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct node *n;
		while ((n = t->bucket[i])) {
			t->bucket[i] = n->next;
			file_free(n->file);
			free(n);
		}
	}
	lookups_free(&t->kernel);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct node **place_of(struct nodes *t, uint64_t ino)
{
	struct node **p = &t->bucket[(ino * UINT64_C(0x9e3779b97f4a7c15)) >> 52];
	while (*p && (*p)->ino != ino)
		p = &(*p)->next;
	return p;
}

struct node *node_acquire(struct fs *fs, uint64_t ino)
{
	struct nodes *t = fs->nodes;
	guard(&t->lock);
	struct node **p = place_of(t, ino);
	if (!*p) {
		struct node *n = calloc(1, sizeof(*n));
		if (!n)
			return NULL;
		n->ino = ino;
		n->orphan = lookups_marked(&t->kernel, ino);
		*p = n;
	}
	(*p)->users++;
	return *p;
}

struct node *node_find(struct fs *fs, uint64_t ino)
{
	struct nodes *t = fs->nodes;
	guard(&t->lock);
	struct node *n = *place_of(t, ino);
	if (n)
		n->users++;
	return n;
}

static void idle_push(struct nodes *t, struct node *n)
{
	if (n->on_idle)
		return;
	n->on_idle = true;
	n->idle = t->idle;
	t->idle = n;
}

/* idle_sweep: takes what can go out of the table; returns it as a list over `idle`, with `orphan` meaning: reap. */
static struct node *idle_sweep(struct nodes *t)
{
	struct node *dead = NULL, *n;
	while ((n = t->idle)) {
		t->idle = n->idle;
		n->on_idle = false;
		if (n->users)
			continue;
		bool reap = n->orphan && !lookups_count(&t->kernel, n->ino);
		if (!reap && n->file && file_dirty(n->file))
			continue; /* the flusher's nodes_each brings it here again */
		*place_of(t, n->ino) = n->next;
		n->orphan = reap;
		n->idle = dead;
		dead = n;
	}
	return dead;
}

static void bury(struct fs *fs, struct node *dead)
{
	while (dead) {
		struct node *n = dead;
		dead = n->idle;
		uint64_t reap = n->orphan ? n->ino : 0;
		file_free(n->file);
		free(n);
		if (reap)
			orphan_reap(fs, reap);
	}
}

static void node_drop(struct nodes *t, struct node *n)
{
	if (!--n->users)
		idle_push(t, n);
}

void node_release(struct fs *fs, struct node *n)
{
	struct nodes *t = fs->nodes;
	struct node *dead;
	{
		guard(&t->lock);
		node_drop(t, n);
		dead = idle_sweep(t);
	}
	bury(fs, dead);
}

void node_unref(struct fs *fs, struct node *n)
{
	guard(&fs->nodes->lock);
	node_drop(fs->nodes, n);
}

struct file *node_file(struct fs *fs, struct node *n)
{
	struct nodes *t = fs->nodes;
	{
		guard(&t->lock);
		if (n->file)
			return n->file;
	}
	struct file *f = file_new(fs, n);
	struct file *ret;
	{
		guard(&t->lock);
		if (!n->file)
			n->file = steal_ptr(f);
		ret = n->file;
	}
	file_free(f); /* another thread was first */
	return ret;
}

static void each(struct fs *fs, void (*fn)(void *ctx, struct node *n), void *ctx)
{
	struct nodes *t = fs->nodes;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct node *last = NULL;
		for (;;) {
			struct node *n;
			{
				guard(&t->lock);
				n = last ? last->next : t->bucket[i];
				if (n)
					n->users++;
				if (last)
					node_drop(t, last);
			}
			if (!n)
				break;
			fn(ctx, n);
			last = n;
		}
	}
}

void nodes_each_locked(struct fs *fs, void (*fn)(void *ctx, struct node *n), void *ctx)
{
	each(fs, fn, ctx);
}

void nodes_each(struct fs *fs, void (*fn)(void *ctx, struct node *n), void *ctx)
{
	each(fs, fn, ctx);
	struct node *dead;
	{
		guard(&fs->nodes->lock);
		dead = idle_sweep(fs->nodes);
	}
	bury(fs, dead);
}

bool nodes_known(struct fs *fs, uint64_t ino)
{
	guard(&fs->nodes->lock);
	return ino == INO_ROOT || lookups_count(&fs->nodes->kernel, ino) > 0;
}

int node_ref_kernel(struct fs *fs, uint64_t ino)
{
	if (ino == INO_ROOT)
		return 0;
	guard(&fs->nodes->lock);
	return lookups_add(&fs->nodes->kernel, ino) ? 0 : ENOMEM;
}

void node_unref_kernel(struct fs *fs, uint64_t ino)
{
	bool orphan;
	if (ino == INO_ROOT)
		return;
	guard(&fs->nodes->lock);
	(void)lookups_sub(&fs->nodes->kernel, ino, 1, &orphan);
}

void fs_forget(struct fs *fs, uint64_t ino, uint64_t nlookup)
{
	struct nodes *t = fs->nodes;
	struct node *dead = NULL;
	bool reap = false;
	if (ino == INO_ROOT)
		return;
	{
		guard(&t->lock);
		if (lookups_sub(&t->kernel, ino, nlookup, &reap) && reap) {
			struct node *n = *place_of(t, ino);
			if (n) {
				reap = false; /* when its last user goes, which may be now */
				idle_push(t, n);
				dead = idle_sweep(t);
			}
		}
	}
	bury(fs, dead);
	if (reap)
		orphan_reap(fs, ino);
}

bool node_mark_orphan(struct fs *fs, uint64_t ino)
{
	guard(&fs->nodes->lock);
	bool known = lookups_mark(&fs->nodes->kernel, ino);
	struct node *n = *place_of(fs->nodes, ino);
	if (n)
		n->orphan = known = true;
	return known;
}

bool node_in_use(struct fs *fs, uint64_t ino)
{
	guard(&fs->nodes->lock);
	return lookups_count(&fs->nodes->kernel, ino) || *place_of(fs->nodes, ino);
}

/* --- records --- */

err_t rec_get(struct fs *fs, struct txn *t, struct span key, struct buf *out)
{
	return t ? txn_get(t, key, out) : map_get(fs->cfg.map, MAP_RECORDS, key, out);
}

int inode_get(struct fs *fs, uint64_t ino, struct inode_rec *ret, struct buf *hold)
{
	struct rkey k = key_ino(REC_INODE, ino);
	err_t e = map_get(fs->cfg.map, MAP_RECORDS, rkey_span(&k), hold);
	if (!e)
		e = inode_decode(buf_span(hold), ret);
	if (e)
		return errno_of(damage_check(fs, e, ino, NULL, "the inode record"));
	struct node *n = S_ISREG(ret->mode) ? node_find(fs, ino) : NULL;
	if (n) {
		struct file *f = NULL;
		{
			guard(&fs->nodes->lock);
			f = n->file;
		}
		if (f)
			file_memtable(f, ret);
		node_unref(fs, n);
	}
	return 0;
}

int inode_get_txn(struct txn *t, uint64_t ino, struct inode_rec *ret, struct buf *hold)
{
	struct rkey k = key_ino(REC_INODE, ino);
	err_t e = txn_get(t, rkey_span(&k), hold);
	if (!e)
		e = inode_decode(buf_span(hold), ret);
	return errno_of(e);
}

int inode_edit(struct fs *fs, struct txn *t, uint64_t ino, struct inode_rec *ret, struct buf *hold)
{
	struct node *n = node_find(fs, ino);
	int err = 0;
	if (n) {
		struct file *f = NULL;
		{
			guard(&fs->nodes->lock);
			f = n->file;
		}
		if (f)
			err = file_flush_locked(f);
		node_unref(fs, n);
	}
	return err ? err : inode_get_txn(t, ino, ret, hold);
}

void inode_put_txn(struct txn *t, const struct inode_rec *in)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_INODE, in->ino);
	inode_encode(in, &value);
	txn_put(t, rkey_span(&k), &value);
}

int inode_counts(struct fs *fs, uint64_t ino, struct count_rec *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_COUNT, ino);
	err_t e = map_get(fs->cfg.map, MAP_RECORDS, rkey_span(&k), &value);
	if (e == ERR_NOTFOUND) {
		*ret = (struct count_rec){ 0 };
		return 0;
	}
	return errno_of(damage_check(fs, e ? e : count_decode(buf_span(&value), ret), ino, NULL, "the link count"));
}

static struct timespec ts_of(struct stamp s)
{
	return (struct timespec){ .tv_sec = s.sec, .tv_nsec = s.nsec };
}

void inode_stat(struct fs *fs, const struct inode_rec *in, const struct count_rec *counts, struct stat *st)
{
	*st = (struct stat){
		.st_ino = in->ino,
		.st_mode = in->mode,
		.st_nlink = counts->names,
		.st_uid = in->uid == OWNER_SELF ? fs->cfg.uid : in->uid,
		.st_gid = in->gid == OWNER_SELF ? fs->cfg.gid : in->gid,
		.st_rdev = in->rdev,
		.st_size = (off_t)in->size,
		.st_blksize = 4096,
		.st_atim = ts_of(in->atime),
		.st_mtim = ts_of(in->mtime),
		.st_ctim = ts_of(in->ctime),
	};
	if (S_ISREG(in->mode)) {
		st->st_blocks = (blkcnt_t)((usage_of(fs, in) + 511) / 512);
	} else if (S_ISDIR(in->mode)) {
		st->st_size = DIR_SIZE;
		st->st_blocks = DIR_SIZE / 512;
		st->st_nlink = counts->names || in->ino == INO_ROOT ? 2 + counts->subdirs : 0;
	} else if (S_ISLNK(in->mode)) {
		st->st_size = (off_t)in->inline_data.len;
	}
}

int inode_getstat(struct fs *fs, uint64_t ino, struct stat *st)
{
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct inode_rec in;
	struct count_rec counts;
	int err = inode_get(fs, ino, &in, &hold);
	if (!err)
		err = inode_counts(fs, ino, &counts);
	if (!err)
		inode_stat(fs, &in, &counts, st);
	return err;
}

struct stamp stamp_now(void)
{
	int64_t now = clock_wall();
	return (struct stamp){ now / NS_PER_S, (uint32_t)(now % NS_PER_S) };
}
