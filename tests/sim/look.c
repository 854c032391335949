/* SPDX-License-Identifier: MIT */
#include "tests/sim/look.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define READ_MAX (4u << 20)

/* --- the tree --- */
struct children {
	struct look *look;
	const char *path;
	uint64_t dir;
};

static bool child(void *ctx, const char *name, const struct stat *st, uint64_t cookie)
{
	struct children *c = ctx;
	(void)cookie;
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return true;
	if (c->look->n == LOOK_ENTRIES)
		return false;
	struct look_entry *e = &c->look->list[c->look->n++];
	*e = (struct look_entry){ .dir = c->dir, .ino = st->st_ino, .type = st->st_mode & S_IFMT };
	snprintf(e->path, sizeof(e->path), "%.390s/%.80s", c->path, name);
	return true;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct look_entry *)a)->path, ((const struct look_entry *)b)->path);
}

static void list(struct fs *fs, struct look *l, unsigned at, unsigned depth)
{
	char path[LOOK_PATH];
	unsigned first = l->n;
	strcpy(path, l->list[at].path);
	struct children c = { l, path, l->list[at].ino };
	int err = fs_readdir(fs, c.dir, 0, false, child, &c);
	if (err)
		l->err = err;
	qsort(&l->list[first], l->n - first, sizeof(l->list[0]), by_path);
	unsigned last = l->n;
	for (unsigned i = first; i < last && depth; i++)
		if (l->list[i].type == S_IFDIR)
			list(fs, l, i, depth - 1);
}

void look_walk(struct fs *fs, struct look *ret)
{
	ret->n = 1;
	ret->err = 0;
	ret->list[0] = (struct look_entry){ .dir = INO_ROOT, .ino = INO_ROOT, .type = S_IFDIR };
	list(fs, ret, 0, LOOK_DEPTH);
}

const struct look *look_now(struct device *d)
{
	const uint64_t at = map_version(d->map);
	if (d->look && d->look_at == at && !d->look->err)
		return d->look;
	if (!d->look)
		d->look = malloc(sizeof(*d->look));
	if (!d->look)
		abort();
	look_walk(d->fs, d->look);
	d->look_at = at;
	return d->look;
}

const struct look_entry *look_find(const struct look *l, const char *path)
{
	for (unsigned i = 0; i < l->n; i++)
		if (!strcmp(l->list[i].path, path))
			return &l->list[i];
	return NULL;
}

const char *look_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* --- contents --- */
struct reading {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct buf *out;
	int err;
	bool done;
};

static void arrived(void *ctx, int err, const void *p, size_t n)
{
	struct reading *r = ctx;
	guard(&r->lock);
	r->err = err;
	if (!err)
		buf_put(r->out, p, n);
	r->done = true;
	pthread_cond_signal(&r->cond);
}

static int read_handle(struct fs *fs, struct fs_file *f, size_t size, struct buf *out)
{
	struct reading r = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, out, 0, false };
	(void)fs_read(fs, f, 0, size, arrived, &r);
	guard(&r.lock);
	while (!r.done)
		pthread_cond_wait(&r.cond, &r.lock);
	return r.err;
}

/* read_all: appends what is there of the size that `st` says. */
static int read_all(struct fs *fs, const struct stat *st, struct buf *out)
{
	struct fs_file *f;
	if (S_ISLNK(st->st_mode))
		return fs_readlink(fs, st->st_ino, out);
	if (st->st_size > READ_MAX)
		return EFBIG;
	int err = fs_file_open(fs, st->st_ino, O_RDONLY, &f);
	if (err)
		return err;
	err = st->st_size ? read_handle(fs, f, (size_t)st->st_size, out) : 0;
	fs_file_close(fs, f);
	return err;
}

/* The same contents are looked at again and again: before and after an operation, and in the end on each device. To
 * compare them is a tenth of hashing them. One table a process: a world is one. */
#define HASHED 256u
static struct {
	struct buf of;
	struct hash hash;
} hashed[HASHED];

static struct hash hash_of(const struct buf *b)
{
	uint64_t begin = 0;
	memcpy(&begin, b->p ? (const void *)b->p : "", MIN(b->len, sizeof(begin)));
	const size_t at = (b->len + begin % 251) % HASHED;
	struct buf *of = &hashed[at].of;
	if (of->len && !span_cmp(buf_span(of), buf_span(b)))
		return hashed[at].hash;
	buf_clear(of);
	buf_put(of, b->p, b->len);
	if (buf_ok(of) || crypto_sha256(buf_span(b), &hashed[at].hash))
		abort();
	return hashed[at].hash;
}

void look_contents(struct fs *fs, uint64_t ino, char ret[LOOK_HASH])
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct stat st;
	ret[0] = 0;
	int err = fs_getattr(fs, ino, &st);
	if (!err && S_ISDIR(st.st_mode))
		return;
	st.st_ino = ino; /* of a file that others removed the number may be that of a new one */
	if (!err)
		err = read_all(fs, &st, &b);
	if (err) {
		snprintf(ret, LOOK_HASH, "!%s", strerrorname_np(err));
		return;
	}
	const struct hash h = hash_of(&b);
	snprintf(ret, LOOK_HASH, "%zu-%02x%02x%02x%02x%02x", b.len, h.b[0], h.b[1], h.b[2], h.b[3], h.b[4]);
}
