/* SPDX-License-Identifier: MIT
 * A file system as text, one line a path, sorted: what the golden vault's maker writes and its test compares.
 */
#pragma once

#include "fs/fs.h"
#include "util/cleanup.h"
#include "util/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TREE_READ (100u << 10) /* not a divisor of a block */

struct tree_names {
	struct buf all; /* blob16 each */
	size_t n;
};

static inline bool tree_name(void *ctx, const char *name, const struct stat *st, uint64_t next)
{
	struct tree_names *list = ctx;
	(void)st, (void)next;
	if (strcmp(name, ".") && strcmp(name, "..")) {
		buf_blob16(&list->all, span_str(name));
		list->n++;
	}
	return true;
}

static inline void tree_text(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char hex[8];
		unsigned char c = (unsigned char)p[i];
		snprintf(hex, sizeof(hex), c > ' ' && c < 0x7f && c != '\\' ? "%c" : "\\x%02x", c);
		buf_put(out, hex, strlen(hex));
	}
}

static inline void tree_print(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void tree_print(struct buf *out, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_put(out, line, (size_t)n);
}

static inline void tree_hash(struct buf *out, struct span bytes)
{
	struct hash hash;
	char hex[2 * HASH_LEN + 1];
	if (crypto_sha256(bytes, &hash))
		out->failed = true;
	hex_encode(hash.b, HASH_LEN, hex);
	buf_put(out, hex, 2 * HASH_LEN);
}

struct tree_read {
	sem_t done;
	struct buf bytes;
	int err;
};

static inline void tree_read_done(void *ctx, int err, const void *p, size_t n)
{
	struct tree_read *r = ctx;
	r->err = err;
	if (!err)
		buf_put(&r->bytes, p, n);
	sem_post(&r->done);
}

/* tree_contents: a whole file, in reads that cross blocks. An errno. */
static inline int tree_contents(struct fs *fs, uint64_t ino, uint64_t size, struct buf *out)
{
	struct fs_file *f = NULL;
	struct tree_read r = { .err = 0 };
	int err = fs_file_open(fs, ino, O_RDONLY, &f);
	if (err)
		return err;
	sem_init(&r.done, 0, 0);
	for (uint64_t off = 0; !r.err && off < size; off += TREE_READ) {
		(void)fs_read(fs, f, off, TREE_READ, tree_read_done, &r);
		while (sem_wait(&r.done) && errno == EINTR)
			;
	}
	sem_destroy(&r.done);
	fs_file_close(fs, f);
	if (!r.err)
		buf_move(out, &r.bytes);
	buf_free(&r.bytes);
	return r.err;
}

static inline void tree_stat(struct buf *out, const struct stat *st)
{
	tree_print(out, " mode=%06o nlink=%lu uid=%u gid=%u size=%lld", st->st_mode, (unsigned long)st->st_nlink,
	           st->st_uid, st->st_gid, (long long)st->st_size);
	tree_print(out, " atime=%lld.%09ld mtime=%lld.%09ld ctime=%lld.%09ld", (long long)st->st_atim.tv_sec,
	           st->st_atim.tv_nsec, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
	           (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

static inline int tree_xattrs(struct fs *fs, uint64_t ino, struct buf *out)
{
	cleanup(buf_free) struct buf names = BUF_INIT;
	struct fs_caller root = { 0 };
	int err = fs_listxattr(fs, &root, ino, &names);
	for (size_t at = 0; !err && at < names.len; at += strlen((char *)names.p + at) + 1) {
		cleanup(buf_free) struct buf value = BUF_INIT;
		const char *name = (char *)names.p + at;
		err = fs_getxattr(fs, ino, name, &value);
		tree_print(out, " ");
		tree_text(out, name, strlen(name));
		tree_print(out, "=");
		tree_text(out, (char *)value.p, value.len);
	}
	return err;
}

/* tree_data: where the data of a file lies, holes left out. */
static inline int tree_data(struct fs *fs, uint64_t ino, struct buf *out)
{
	struct fs_file *f = NULL;
	off_t at = 0, end = 0;
	int err = fs_file_open(fs, ino, O_RDONLY, &f);
	if (err)
		return err;
	while (!err && !(err = fs_lseek(fs, f, end, SEEK_DATA, &at)) && !(err = fs_lseek(fs, f, at, SEEK_HOLE, &end)))
		tree_print(out, " data=%lld+%lld", (long long)at, (long long)(end - at));
	fs_file_close(fs, f);
	return err == ENXIO ? 0 : err;
}

static inline int tree_line(struct fs *fs, const char *path, const struct stat *st, struct buf *out)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	int err = 0;
	tree_text(out, path, strlen(path));
	tree_stat(out, st);
	if (S_ISLNK(st->st_mode) && !(err = fs_readlink(fs, st->st_ino, &bytes))) {
		tree_print(out, " target=");
		tree_text(out, (char *)bytes.p, bytes.len);
	}
	if (S_ISREG(st->st_mode) && !(err = tree_contents(fs, st->st_ino, (uint64_t)st->st_size, &bytes))) {
		tree_print(out, " sha256=");
		tree_hash(out, buf_span(&bytes));
		err = tree_data(fs, st->st_ino, out);
	}
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		tree_print(out, " rdev=%llx", (unsigned long long)st->st_rdev);
	if (!err)
		err = tree_xattrs(fs, st->st_ino, out);
	tree_print(out, "\n");
	return err;
}

/* tree_walk: the lines of `ino`, known as `path`, and of all below it, into `out`, unsorted. An errno. */
static inline int tree_walk(struct fs *fs, uint64_t ino, const char *path, struct buf *out)
{
	struct tree_names list = { BUF_INIT, 0 };
	struct stat st;
	int err = fs_getattr(fs, ino, &st);
	if (!err)
		err = tree_line(fs, *path ? path : "/", &st, out);
	if (!err && S_ISDIR(st.st_mode))
		err = fs_readdir(fs, ino, 0, false, tree_name, &list);
	struct rd r = RD(buf_span(&list.all));
	for (size_t i = 0; !err && i < list.n; i++) {
		struct span name = rd_blob16(&r);
		char child[4096], text[256] = { 0 };
		memcpy(text, name.p, name.len);
		err = (size_t)snprintf(child, sizeof(child), "%s/%s", path, text) < sizeof(child)
		              ? fs_lookup(fs, ino, text, &st)
		              : ENAMETOOLONG;
		if (err)
			break;
		err = tree_walk(fs, st.st_ino, child, out);
		fs_forget(fs, st.st_ino, 1);
	}
	buf_free(&list.all);
	return err;
}

static inline int tree_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* tree_all: the whole file system, sorted by line. */
static inline int tree_all(struct fs *fs, struct buf *out)
{
	cleanup(buf_free) struct buf text = BUF_INIT;
	char *lines[1024], *save = NULL;
	size_t n = 0;
	int err = tree_walk(fs, INO_ROOT, "", &text);
	buf_u8(&text, 0);
	if (err || text.failed)
		return err ? err : ENOMEM;
	for (char *l = strtok_r((char *)text.p, "\n", &save); l && n < 1024; l = strtok_r(NULL, "\n", &save))
		lines[n++] = l;
	qsort(lines, n, sizeof(*lines), tree_order);
	for (size_t i = 0; i < n; i++) {
		buf_put(out, lines[i], strlen(lines[i]));
		buf_u8(out, '\n');
	}
	return 0;
}
