/* SPDX-License-Identifier: MIT
 * The base in LMDB: default durability (data synced, then the meta page), no WRITEMAP, no DUPSORT, one named database a
 * table, thread-free read transactions. The file is extended ahead in large steps, so that a commit seldom has to
 * find space; values are copied out under the SIGBUS guard, so that a disk error is an answer and not a death.
 */
#include "cache/base_lmdb.h"

#include "cache/pages_file.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define SIZE_DEFAULT (sizeof(void *) > 4 ? (size_t)1 << 40 : (size_t)1 << 30)
#define READERS 1024
#define DISK_KEEP (4ull << 20) /* not extended into: for the log, and what else lies beside the database */
#define GROW_LEAST (1u << 20)  /* not extended by less: many small pieces would be slow */
#define POPULATE_FROM (16u << 10)
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

struct lmdb {
	struct base base;
	MDB_env *env;
	MDB_dbi dbi[BASE_TABLES];
	int fd; /* LMDB's own */
	size_t page;
	struct pages_seen seen;      /* data.mdb as it was when it was opened */
	const uint8_t *map;          /* LMDB's; NULL: nothing was in it */
	_Atomic uint64_t free_bytes; /* inside the file, as of the last commit */
	_Atomic uint64_t records;    /* bytes of the pages of MAP_RECORDS, as of the last commit */
};
struct lmdb_txn {
	struct base_txn txn;
	MDB_txn *t;
	bool writing;
};
struct lmdb_cursor {
	struct base_cursor cursor;
	MDB_cursor *c;
	bool writing;
};

static const char *const table_names[BASE_TABLES] = BASE_LMDB_TABLES;

static err_t said(int rc, const char *what)
{
	switch (rc) {
	case 0:
		return ERR_OK;
	case MDB_NOTFOUND:
		return ERR_NOTFOUND;
	case ENOSPC:
	case EDQUOT:
	case MDB_MAP_FULL:
		return ERR_NOSPACE;
	default:
		break;
	}
	log_error(AREA_CACHE, "%s: %s", what, mdb_strerror(rc));
	switch (rc) {
	case ENOMEM:
	case MDB_READERS_FULL:
		return ERR_NOMEM;
	case MDB_TXN_FULL:
		return ERR_LIMIT;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_PANIC:
		return ERR_DAMAGED;
	default:
		return ERR_IO;
	}
}

static struct lmdb *lmdb_of(const struct base_txn *x)
{
	return (struct lmdb *)x->base;
}

/* wrote: of a call that may write, with `errno` 0 before it. LMDB says EIO also of a write that came out short, and
 * then no call set errno: a disk gets full in the middle of a write, and what frees it may be there a moment later. So
 * does a disk that is taken away in the middle of one, which answers nothing any more. */
static err_t wrote(const struct lmdb *l, int rc, const char *what)
{
	struct statvfs v;
	bool came_short = rc == EIO && errno != EIO;
	return said(came_short && !fstatvfs(l->fd, &v) ? ENOSPC : rc, what);
}

static MDB_txn *txn_of(const struct base_txn *x)
{
	return ((const struct lmdb_txn *)x)->t;
}

static void lmdb_close(struct base *b)
{
	struct lmdb *l = (struct lmdb *)b;
	if (l->env)
		mdb_env_close(l->env);
	free(l);
}

/* --- transactions --- */

static err_t lmdb_txn_new(struct base *b, unsigned flags, struct base_txn **ret)
{
	struct lmdb_txn *x = calloc(1, sizeof(*x));
	if (!x)
		return ERR_NOMEM;
	x->txn = (struct base_txn){ b->ops, b };
	x->writing = !(flags & MDB_RDONLY);
	err_t e = said(mdb_txn_begin(((struct lmdb *)b)->env, NULL, flags, &x->t), "begin");
	if (e)
		free(x);
	else
		*ret = &x->txn;
	return e;
}

static err_t lmdb_read_new(struct base *b, struct base_txn **ret)
{
	err_t e = lmdb_txn_new(b, MDB_RDONLY, ret);
	if (!e)
		mdb_txn_reset(txn_of(*ret));
	return e;
}

static err_t lmdb_read_renew(struct base_txn *x)
{
	return said(mdb_txn_renew(txn_of(x)), "begin reading");
}

static void lmdb_read_reset(struct base_txn *x)
{
	mdb_txn_reset(txn_of(x));
}

static void lmdb_end(struct base_txn *x)
{
	mdb_txn_abort(txn_of(x));
	free(x);
}

static uint64_t used_bytes(struct lmdb *l)
{
	MDB_envinfo info;
	return mdb_env_info(l->env, &info) ? 0 : (info.me_last_pgno + 1) * (uint64_t)l->page;
}

static uint64_t disk_free(const struct lmdb *l)
{
	struct statvfs v;
	return fstatvfs(l->fd, &v) ? UINT64_MAX : (uint64_t)v.f_bavail * v.f_frsize;
}

/* lmdb_extend: best effort; a commit that finds no space says so itself. What is allocated here cannot be taken by
 * anybody else, so some of a disk that fills up is left to the log and to what else lies in the state directory: a
 * vault whose database holds the last byte cannot be mounted again. */
static void lmdb_extend(struct base *b, uint64_t slack)
{
	struct lmdb *l = (struct lmdb *)b;
	struct stat st;
	uint64_t used = used_bytes(l);
	if (fstat(l->fd, &st) || (uint64_t)st.st_size >= used + slack)
		return;
	uint64_t size = MAX((uint64_t)st.st_size, used), have = disk_free(l);
	uint64_t least = used + slack - size, most = have - MIN(have, DISK_KEEP);
	uint64_t grow = least + slack <= most ? least + slack : MIN(least, most);
	errno = ENOSPC;
	if (grow >= GROW_LEAST && !fallocate(l->fd, 0, (off_t)size, (off_t)grow))
		return;
	log_debug(AREA_CACHE, "data.mdb is not extended ahead: %s", strerror(errno));
}

static err_t lmdb_write_begin(struct base *b, struct base_txn **ret)
{
	return lmdb_txn_new(b, 0, ret);
}

/* note_free: pages of the file that no table uses. */
static void note_free(struct lmdb *l, MDB_txn *t)
{
	uint64_t pages = 2; /* the two meta pages */
	for (unsigned i = 0; i < BASE_TABLES + 2; i++) {
		MDB_stat st;
		/* 0 and 1 are LMDB's own: free pages, names of tables */
		if (mdb_stat(t, i < BASE_TABLES ? l->dbi[i] : i - BASE_TABLES, &st))
			return;
		size_t n = st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages;
		pages += n;
		if (i == MAP_RECORDS)
			l->records = n * l->page;
	}
	uint64_t used = used_bytes(l);
	l->free_bytes = used > pages * l->page ? used - pages * l->page : 0;
}

static err_t lmdb_write_commit(struct base_txn *x)
{
	struct lmdb *l = lmdb_of(x);
	note_free(l, txn_of(x));
	errno = 0;
	err_t e = wrote(l, mdb_txn_commit(txn_of(x)), "commit"); /* frees it in any case */
	free(x);
	return e;
}

static uint64_t lmdb_version(const struct base_txn *x)
{
	return mdb_txn_id(txn_of(x));
}

/* --- records --- */

static MDB_val val(struct span s)
{
	return (MDB_val){ s.len, (void *)s.p };
}

static struct span span_of(const MDB_val *v)
{
	return SPAN(v->mv_data, v->mv_size);
}

/* A descent of the tree reads mapped pages too. Reading transactions hold no lock of LMDB's, so they can be left at any
 * point; a writing one cannot, and dies with its process, to be redone from the log. */
struct descent {
	MDB_txn *t;
	MDB_dbi dbi;
	MDB_cursor *c;     /* NULL: a plain get */
	MDB_cursor **make; /* or a new cursor, which looks up its table's root */
	MDB_cursor_op op;
	MDB_val k, v;
	int rc;
};
static void descend(void *ctx)
{
	struct descent *d = ctx;
	if (d->make)
		d->rc = mdb_cursor_open(d->t, d->dbi, d->make);
	else if (d->c)
		d->rc = mdb_cursor_get(d->c, &d->k, &d->v, d->op);
	else
		d->rc = mdb_get(d->t, d->dbi, &d->k, &d->v);
}

static err_t guarded(struct descent *d, bool writing, const char *what)
{
	err_t e = ERR_OK;
	if (writing)
		descend(d);
	else
		e = process_guarded_call(descend, d);
	if (e)
		log_error(AREA_CACHE, "%s: the disk does not give a page of data.mdb", what);
	return e ? e : said(d->rc, what);
}

static err_t lmdb_get(struct base_txn *x, unsigned table, struct span key, struct span *ret)
{
	struct descent d = { .t = txn_of(x), .dbi = lmdb_of(x)->dbi[table], .k = val(key) };
	err_t e = guarded(&d, ((struct lmdb_txn *)x)->writing, "get");
	if (!e)
		*ret = span_of(&d.v);
	return e;
}

/* run_trusted: before LMDB frees the run of a cached block, it is asked whether its head is such as LMDB wrote it: the
 * check at the opening did not read it (pages.h). What was written since is LMDB's own. *ret_len: of the block there,
 * if there is one. */
static err_t run_trusted(struct base_txn *x, unsigned table, struct span key, size_t *ret_len)
{
	const struct lmdb *l = lmdb_of(x);
	MDB_val k = val(key), v;
	if (table != MAP_BLOCK || mdb_get(txn_of(x), l->dbi[table], &k, &v))
		return ERR_OK;
	*ret_len = v.mv_size;
	size_t at = l->map ? (size_t)((uintptr_t)v.mv_data - (uintptr_t)l->map) : SIZE_MAX;
	const char *wrong =
	        at < l->seen.bytes ? pages_run(SPAN(l->map, l->seen.bytes), l->seen.page, at, v.mv_size) : NULL;
	if (!wrong)
		return ERR_OK;
	log_error(AREA_CACHE, "data.mdb: page %zu: %s", at / l->seen.page, wrong);
	return ERR_DAMAGED;
}

static err_t lmdb_put(struct base_txn *x, unsigned table, struct span key, size_t len, uint8_t **ret)
{
	MDB_val k = val(key), v = { len, NULL };
	size_t before = len;
	err_t e = run_trusted(x, table, key, &before);
	errno = 0;
	if (!e && before != len) /* else a run that this transaction made would stay longer than its value needs */
		e = wrote(lmdb_of(x), mdb_del(txn_of(x), lmdb_of(x)->dbi[table], &k, NULL), "delete");
	if (e)
		return e;
	int rc = mdb_put(txn_of(x), lmdb_of(x)->dbi[table], &k, &v, MDB_RESERVE);
	if (!rc)
		*ret = v.mv_data;
	return wrote(lmdb_of(x), rc, "put");
}

static err_t lmdb_del(struct base_txn *x, unsigned table, struct span key)
{
	MDB_val k = val(key);
	size_t before;
	err_t e = run_trusted(x, table, key, &before);
	if (e)
		return e;
	errno = 0;
	int rc = mdb_del(txn_of(x), lmdb_of(x)->dbi[table], &k, NULL);
	return wrote(lmdb_of(x), rc == MDB_NOTFOUND ? 0 : rc, "delete");
}

static err_t lmdb_cursor_new(struct base_txn *x, unsigned table, struct base_cursor **ret)
{
	struct lmdb_cursor *c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_NOMEM;
	c->cursor.ops = x->ops;
	c->writing = ((struct lmdb_txn *)x)->writing;
	struct descent d = { .t = txn_of(x), .dbi = lmdb_of(x)->dbi[table], .make = &c->c };
	err_t e = guarded(&d, c->writing, "cursor");
	if (e)
		free(c);
	else
		*ret = &c->cursor;
	return e;
}

static err_t move(struct base_cursor *cursor, MDB_val k, MDB_cursor_op op, struct span *ret_key, struct span *ret_value)
{
	struct lmdb_cursor *c = (struct lmdb_cursor *)cursor;
	struct descent d = { .c = c->c, .op = op, .k = k };
	err_t e = guarded(&d, c->writing, "scan");
	if (!e) {
		*ret_key = span_of(&d.k);
		*ret_value = span_of(&d.v);
	}
	return e;
}

static err_t lmdb_seek(struct base_cursor *c, struct span key, struct span *ret_key, struct span *ret_value)
{
	return move(c, val(key), key.len ? MDB_SET_RANGE : MDB_FIRST, ret_key, ret_value);
}

static err_t lmdb_next(struct base_cursor *c, struct span *ret_key, struct span *ret_value)
{
	return move(c, (MDB_val){ 0, NULL }, MDB_NEXT, ret_key, ret_value);
}

static void lmdb_cursor_free(struct base_cursor *c)
{
	mdb_cursor_close(((struct lmdb_cursor *)c)->c);
	free(c);
}

static err_t lmdb_copy(void *to, struct span from)
{
	if (!from.len)
		return ERR_OK;
	if (from.len >= POPULATE_FROM) { /* one call instead of a fault a page; and an error instead of a signal */
		uintptr_t page = 4095, start = (uintptr_t)from.p & ~page, end = (uintptr_t)from.p + from.len;
		if (madvise((void *)start, end - start, MADV_POPULATE_READ) && errno != EINVAL && errno != EAGAIN &&
		    errno != EINTR && errno != ENOMEM) {
			log_error(AREA_CACHE, "reading data.mdb: %s", strerror(errno));
			return ERR_IO;
		}
	}
	err_t e = process_guarded_copy(to, from.p, from.len);
	if (e)
		log_error(AREA_CACHE, "reading data.mdb: the disk does not give the page");
	return e;
}

/* --- size --- */

static uint64_t lmdb_bytes(struct base *b)
{
	return used_bytes((struct lmdb *)b);
}

static void lmdb_room(struct base *b, struct base_room *ret)
{
	struct lmdb *l = (struct lmdb *)b;
	struct stat st;
	struct statvfs v;
	MDB_envinfo info;
	*ret = (struct base_room){ .bytes = UINT64_MAX };
	if (fstatvfs(l->fd, &v) || fstat(l->fd, &st) || mdb_env_info(l->env, &info))
		return;
	uint64_t used = used_bytes(l), ahead = (uint64_t)st.st_blocks * 512, disk = (uint64_t)v.f_bavail * v.f_frsize;
	disk -= MIN(disk, DISK_KEEP);
	if ((uint64_t)st.st_size > used && ahead > used)
		disk += ahead - used;
	uint64_t map = info.me_mapsize > used ? info.me_mapsize - used : 0;
	ret->bytes = MIN(disk, map) + l->free_bytes / 2; /* half: not every run of free pages fits */
	ret->records = l->records;
}

static const struct base_ops lmdb_ops = {
	.close = lmdb_close,
	.read_new = lmdb_read_new,
	.read_renew = lmdb_read_renew,
	.read_reset = lmdb_read_reset,
	.read_free = lmdb_end,
	.write_begin = lmdb_write_begin,
	.extend = lmdb_extend,
	.write_commit = lmdb_write_commit,
	.write_abort = lmdb_end,
	.version = lmdb_version,
	.get = lmdb_get,
	.put = lmdb_put,
	.del = lmdb_del,
	.cursor_new = lmdb_cursor_new,
	.seek = lmdb_seek,
	.next = lmdb_next,
	.cursor_free = lmdb_cursor_free,
	.copy = lmdb_copy,
	.bytes = lmdb_bytes,
	.room = lmdb_room,
};

/* --- opening --- */

/* readers_in_memory: LMDB's table of readers is a mapped file that every read writes to. The caller's lock keeps others
 * out, so it can lie in memory, and a map that is only read leaves the disk alone. `name` is a link to it until LMDB
 * has opened it. -1: LMDB makes its file. */
static int readers_in_memory(const char *dir, char name[PATH_MAX])
{
	char target[64];
	if (snprintf(name, PATH_MAX, "%s/lock.mdb", dir) >= PATH_MAX || (unlink(name) && errno != ENOENT))
		return -1;
	cleanup_fd int fd = memfd_create("readers", MFD_CLOEXEC);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	return fd < 0 || access(target, R_OK | W_OK) || symlink(target, name) ? -1 : steal_fd(fd);
}

static int open_files(struct lmdb *l, const char *dir)
{
	char name[PATH_MAX];
	cleanup_fd int fd = readers_in_memory(dir, name);
	int rc = mdb_env_open(l->env, dir, MDB_NOTLS, 0600);
	if (fd >= 0 && unlink(name))
		log_warn(AREA_CACHE, "%s: %s", name, strerror(errno));
	return rc;
}

static int open_env(struct lmdb *l, const char *dir, uint64_t size_max)
{
	int rc = mdb_env_create(&l->env);
	if (!rc)
		rc = mdb_env_set_maxdbs(l->env, BASE_TABLES);
	if (!rc)
		rc = mdb_env_set_maxreaders(l->env, READERS);
	if (!rc)
		rc = mdb_env_set_mapsize(l->env, size_max ? (size_t)size_max : SIZE_DEFAULT);
	if (!rc)
		rc = open_files(l, dir);
	MDB_stat st;
	if (!rc)
		rc = mdb_env_stat(l->env, &st);
	if (!rc)
		l->page = st.ms_psize;
	return rc ? rc : mdb_env_get_fd(l->env, &l->fd);
}

static int open_tables(struct lmdb *l)
{
	MDB_txn *t;
	int rc = mdb_txn_begin(l->env, NULL, 0, &t);
	if (rc)
		return rc;
	for (unsigned i = 0; !rc && i < BASE_TABLES; i++)
		rc = mdb_dbi_open(t, table_names[i], MDB_CREATE, &l->dbi[i]);
	if (!rc) {
		note_free(l, t);
		return mdb_txn_commit(t);
	}
	mdb_txn_abort(t);
	return rc;
}

/* find_map: LMDB does not tell where its map is; but where in the file a record is was seen, and where it is in memory
 * is what a reader gets. */
static int find_map(struct lmdb *l)
{
	MDB_txn *t;
	MDB_dbi names;
	MDB_val k = { strlen(table_names[MAP_BLOCK]), (void *)table_names[MAP_BLOCK] }, v;
	int rc = l->seen.anchor ? mdb_txn_begin(l->env, NULL, MDB_RDONLY, &t) : MDB_NOTFOUND;
	if (rc)
		return rc == MDB_NOTFOUND ? 0 : rc;
	rc = mdb_dbi_open(t, NULL, 0, &names);
	if (!rc)
		rc = mdb_get(t, names, &k, &v);
	if (!rc)
		l->map = (const uint8_t *)v.mv_data - l->seen.anchor;
	mdb_txn_abort(t);
	return rc;
}

err_t base_lmdb_open(const char *dir, uint64_t size_max, struct base **ret, struct why *why)
{
	cleanup(base_freep) struct base *b = calloc(1, sizeof(struct lmdb));
	struct lmdb *l = (struct lmdb *)b;
	if (!b)
		return ERR_NOMEM;
	b->ops = &lmdb_ops;
	const struct pages_of of = { table_names, BASE_TABLES, MAP_BLOCK, size_max ? size_max : SIZE_DEFAULT };
	err_t e = process_sigbus_guard();
	if (!e)
		e = pages_file_check(dir, &of, &l->seen, why);
	if (e)
		return e;
	int rc = open_env(l, dir, size_max);
	if (!rc)
		rc = find_map(l);
	if (!rc)
		rc = open_tables(l);
	if (rc)
		return why_set(why, said(rc, "open"), "%s/data.mdb: %s", dir, mdb_strerror(rc));
	*ret = steal_ptr(b);
	return ERR_OK;
}
