/* SPDX-License-Identifier: MIT
 * fsx [-m buffered|direct|aio|uring] [-n OPS] [-s SEED] [-k DIR] DIR: random operations on two files in DIR, each
 * checked against a model in memory. -k: at the end the model's contents are written there, to be compared after a
 * remount. One seed gives one sequence of operations. Exit 1: a difference, with the last operations and the seed on
 * stderr.
 */
#include "fsx.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIMIT (5u << 20) /* over two extent groups */
#define PAGE 4096u
#define SECTOR 512u
#define RECENT 24

struct target {
	char path[512];
	int fd, direct;
	uint64_t size;
	uint8_t *model; /* FILE_LIMIT bytes, zero at and after size */
};
struct fsx {
	const char *mode;
	uint64_t seed, rng, op;
	uint64_t cap; /* files are kept below this for a while: small ones live elsewhere than large ones */
	struct io *io;
	struct target t[2];
	uint8_t *buf;
	char recent[RECENT][96];
};

__attribute__((format(printf, 2, 3))) static void note(struct fsx *x, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(x->recent[x->op % RECENT], sizeof(x->recent[0]), fmt, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void fail(struct fsx *x, const char *fmt, ...)
{
	va_list ap;
	fprintf(stderr, "fsx: mode %s, seed %llu, operation %llu: ", x->mode, (unsigned long long)x->seed,
	        (unsigned long long)x->op);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	for (uint64_t i = x->op >= RECENT ? x->op - RECENT + 1 : 0; i <= x->op; i++)
		fprintf(stderr, "  %llu %s\n", (unsigned long long)i, x->recent[i % RECENT]);
	exit(1);
}

static uint64_t rnd(struct fsx *x, uint64_t below)
{
	x->rng ^= x->rng << 13;
	x->rng ^= x->rng >> 7;
	x->rng ^= x->rng << 17;
	return below ? (x->rng >> 11) % below : 0;
}

/* range: somewhere below `limit`, mostly short; aligned when asked. False: there is none. */
static bool range(struct fsx *x, uint64_t limit, uint32_t align, uint64_t *off, uint64_t *len)
{
	static const uint32_t lens[] = { 16, 600, 5000, 70000, 300000 };
	if (limit < align)
		return false;
	*len = 1 + rnd(x, lens[rnd(x, 5)]);
	*off = rnd(x, limit);
	*off -= *off % align;
	*len += (align - *len % align) % align;
	if (*len > limit - *off)
		*len = limit - *off - (limit - *off) % align;
	return *len > 0;
}

static void compare(struct fsx *x, const struct target *t, const uint8_t *got, uint64_t off, uint64_t len,
                    const char *how)
{
	if (!memcmp(got, t->model + off, len))
		return;
	uint64_t i = 0, bad = 0;
	while (got[i] == t->model[off + i])
		i++;
	for (uint64_t k = i; k < len; k++)
		bad += got[k] != t->model[off + k];
	fail(x, "%s of %s at %#llx: byte %#llx is %02x, not %02x (%llu bytes differ)", how, t->path,
	     (unsigned long long)off, (unsigned long long)(off + i), got[i], t->model[off + i],
	     (unsigned long long)bad);
}

static void grown(struct target *t, uint64_t end)
{
	if (end > t->size)
		t->size = end;
}

/* transfer: the whole range, from or to x->buf, in up to IO_PARTS requests; what a request leaves is done by plain
 * calls. */
static uint64_t transfer(struct fsx *x, int fd, bool write, uint64_t off, uint64_t len, uint32_t align)
{
	struct io_part parts[IO_PARTS];
	unsigned n = x->io ? 1 + (unsigned)rnd(x, IO_PARTS) : 1;
	uint64_t each = (len / n + align - 1) / align * align, at = 0, total = 0;
	unsigned used = 0;
	for (; at < len && used < n; used++) {
		uint64_t part = used == n - 1 || each == 0 || each > len - at ? len - at : each;
		parts[used] = (struct io_part){ x->buf + at, part, (off_t)(off + at), -EIO };
		at += part;
	}
	if (!io_run(x->io, fd, write, parts, used))
		fail(x, "the queue failed: %s", strerror(errno));
	for (unsigned i = 0; i < used; i++) {
		struct io_part *q = &parts[i];
		if (q->got < 0)
			fail(x, "%s of %zu at %lld: %s", write ? "write" : "read", q->len, (long long)q->off,
			     strerror((int)-q->got));
		uint64_t done = (uint64_t)q->got;
		while (done < q->len) {
			ssize_t r = write ? pwrite(fd, (uint8_t *)q->p + done, q->len - done, q->off + (off_t)done)
			                  : pread(fd, (uint8_t *)q->p + done, q->len - done, q->off + (off_t)done);
			if (r < 0)
				fail(x, "%s: %s", write ? "write" : "read", strerror(errno));
			if (r == 0)
				break;
			done += (uint64_t)r;
		}
		total += done;
	}
	return total;
}

static int pick_fd(struct fsx *x, struct target *t, uint32_t *align)
{
	bool direct = t->direct >= 0 && rnd(x, 4) != 0;
	*align = direct ? SECTOR : 1;
	return direct ? t->direct : t->fd;
}

/* --- operations --- */
static void op_write(struct fsx *x, struct target *t)
{
	uint64_t off, len;
	uint32_t align;
	int fd = pick_fd(x, t, &align);
	if (!range(x, x->cap, align, &off, &len))
		return;
	if (rnd(x, 5) == 0 && t->size - t->size % align + len <= x->cap)
		off = t->size - t->size % align; /* at the end */
	note(x, "write %s %#llx+%#llx%s", t->path, (unsigned long long)off, (unsigned long long)len,
	     align > 1 ? " direct" : "");
	for (uint64_t i = 0; i < len; i += 8) {
		uint64_t v = rnd(x, 0) | x->rng;
		memcpy(x->buf + i, &v, 8);
	}
	if (transfer(x, fd, true, off, len, align) != len)
		fail(x, "a short write");
	memcpy(t->model + off, x->buf, len);
	grown(t, off + len);
}

static void op_read(struct fsx *x, struct target *t)
{
	uint64_t off, len;
	uint32_t align;
	int fd = pick_fd(x, t, &align);
	if (!range(x, x->cap, align, &off, &len))
		return;
	note(x, "read %s %#llx+%#llx%s", t->path, (unsigned long long)off, (unsigned long long)len,
	     align > 1 ? " direct" : "");
	uint64_t there = off >= t->size ? 0 : t->size - off, want = there < len ? there : len;
	uint64_t got = transfer(x, fd, false, off, len, align);
	if (got != want)
		fail(x, "read %llu bytes, not %llu", (unsigned long long)got, (unsigned long long)want);
	compare(x, t, x->buf, off, want, "a read");
}

static void op_map(struct fsx *x, struct target *t, bool write)
{
	uint64_t off, len;
	if (!range(x, write ? x->cap : t->size, 1, &off, &len))
		return;
	note(x, "map %s %s %#llx+%#llx", write ? "write" : "read", t->path, (unsigned long long)off,
	     (unsigned long long)len);
	if (write && off + len > t->size && ftruncate(t->fd, (off_t)(off + len)))
		fail(x, "ftruncate: %s", strerror(errno));
	if (write)
		grown(t, off + len);
	uint64_t start = off - off % PAGE, bytes = off + len - start;
	uint8_t *p = mmap(NULL, bytes, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, t->fd, (off_t)start);
	if (p == MAP_FAILED)
		fail(x, "mmap: %s", strerror(errno));
	if (write) {
		uint8_t with = (uint8_t)rnd(x, 256);
		for (uint64_t i = 0; i < len; i++)
			t->model[off + i] = p[off - start + i] = (uint8_t)(with + i * 7);
		if (rnd(x, 2) && msync(p, bytes, rnd(x, 2) ? MS_SYNC : MS_ASYNC))
			fail(x, "msync: %s", strerror(errno));
	} else {
		uint64_t tail = (PAGE - bytes % PAGE) % PAGE;
		compare(x, t, p + (off - start), off, len, "a mapping");
		for (uint64_t i = 0; off + len == t->size && i < tail; i++)
			if (p[bytes + i])
				fail(x, "bytes after the end in the last page");
	}
	if (munmap(p, bytes))
		fail(x, "munmap: %s", strerror(errno));
}

static void op_truncate(struct fsx *x, struct target *t)
{
	uint64_t size = rnd(x, 8) ? rnd(x, x->cap) : 0;
	note(x, "truncate %s %#llx -> %#llx", t->path, (unsigned long long)t->size, (unsigned long long)size);
	if (rnd(x, 2) ? ftruncate(t->fd, (off_t)size) : truncate(t->path, (off_t)size))
		fail(x, "truncate: %s", strerror(errno));
	if (size < t->size)
		memset(t->model + size, 0, t->size - size);
	t->size = size;
}

static void op_fallocate(struct fsx *x, struct target *t)
{
	static const int modes[] = { 0,
		                     FALLOC_FL_KEEP_SIZE,
		                     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		                     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		                     FALLOC_FL_ZERO_RANGE,
		                     FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE };
	int mode = modes[rnd(x, 6)];
	uint64_t off, len;
	if (!range(x, x->cap, rnd(x, 2) ? 1 : PAGE, &off, &len))
		return;
	note(x, "fallocate %d %s %#llx+%#llx", mode, t->path, (unsigned long long)off, (unsigned long long)len);
	if (fallocate(t->fd, mode, (off_t)off, (off_t)len))
		fail(x, "fallocate: %s", strerror(errno));
	if (!(mode & FALLOC_FL_KEEP_SIZE))
		grown(t, off + len);
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE) && off < t->size)
		memset(t->model + off, 0, t->size - off < len ? t->size - off : len);
}

static void op_copy(struct fsx *x, struct target *from)
{
	struct target *to = &x->t[rnd(x, 2)];
	uint64_t off, len, dest;
	if (!range(x, from->size, 1, &off, &len))
		return;
	if (rnd(x, 3) == 0) { /* whole files and large parts are shared, not copied */
		off = rnd(x, 2) ? 0 : off;
		len = from->size - off;
	}
	dest = rnd(x, 2) ? off : rnd(x, FILE_LIMIT - len);
	if (from == to && dest < off + len && off < dest + len)
		return;
	note(x, "copy %s %#llx+%#llx -> %s %#llx", from->path, (unsigned long long)off, (unsigned long long)len,
	     to->path, (unsigned long long)dest);
	off_t in = (off_t)off, out = (off_t)dest;
	for (uint64_t left = len; left;) {
		ssize_t r = copy_file_range(from->fd, &in, to->fd, &out, left, 0);
		if (r <= 0)
			fail(x, "copy_file_range: %s", r ? strerror(errno) : "nothing copied");
		left -= (uint64_t)r;
	}
	memcpy(to->model + dest, from->model + off, len);
	grown(to, dest + len);
}

/* op_seek: what is called a hole reads as zeros. */
static void op_seek(struct fsx *x, struct target *t)
{
	uint64_t off = rnd(x, x->cap);
	note(x, "seek %s %#llx", t->path, (unsigned long long)off);
	off_t data = lseek(t->fd, (off_t)off, SEEK_DATA);
	if (data < 0 && errno != ENXIO)
		fail(x, "SEEK_DATA: %s", strerror(errno));
	off_t hole = lseek(t->fd, (off_t)off, SEEK_HOLE);
	if ((hole < 0) != (off >= t->size) || (hole < 0 && errno != ENXIO) || (off >= t->size && data >= 0))
		fail(x, "SEEK_HOLE at %llu of %llu: %lld", (unsigned long long)off, (unsigned long long)t->size,
		     (long long)hole);
	if (hole > (off_t)t->size || data >= (off_t)t->size)
		fail(x, "SEEK_HOLE or SEEK_DATA after the end");
	for (uint64_t i = off; i < (data < 0 ? t->size : (uint64_t)data); i++)
		if (t->model[i])
			fail(x, "SEEK_DATA went over byte %llu", (unsigned long long)i);
}

static void open_target(struct fsx *x, struct target *t, int flags)
{
	t->fd = open(t->path, O_RDWR | flags, 0644);
	t->direct = strcmp(x->mode, "buffered") ? open(t->path, O_RDWR | O_DIRECT) : -1;
	if (t->fd < 0 || (t->direct < 0 && strcmp(x->mode, "buffered")))
		fail(x, "open %s: %s", t->path, strerror(errno));
}

static void close_target(struct fsx *x, struct target *t)
{
	if (close(t->fd) || (t->direct >= 0 && close(t->direct)))
		fail(x, "close: %s", strerror(errno));
}

static void op_sync(struct fsx *x, struct target *t)
{
	struct stat st;
	uint64_t how = rnd(x, 4);
	note(x, "sync %s %d", t->path, (int)how);
	if (how < 3 && (how == 1 ? fdatasync(t->fd) : fsync(t->fd)))
		fail(x, "fsync: %s", strerror(errno));
	if (how == 2 && (errno = posix_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED)))
		fail(x, "fadvise: %s", strerror(errno));
	if (how == 3) {
		close_target(x, t);
		open_target(x, t, 0);
	}
	if (fstat(t->fd, &st) || (uint64_t)st.st_size != t->size)
		fail(x, "size is %lld, not %llu", (long long)st.st_size, (unsigned long long)t->size);
}

static void whole(struct fsx *x, struct target *t)
{
	note(x, "read all of %s", t->path);
	uint64_t got = 0;
	ssize_t r;
	while ((r = pread(t->fd, x->buf + got, FILE_LIMIT - got, (off_t)got)) > 0)
		got += (uint64_t)r;
	if (r < 0 || got != t->size)
		fail(x, "%llu bytes, not %llu", (unsigned long long)got, (unsigned long long)t->size);
	compare(x, t, x->buf, 0, got, "the whole");
}

static void step(struct fsx *x)
{
	struct target *t = &x->t[rnd(x, 2)];
	if (x->op % 500 == 0) {
		static const uint64_t caps[] = { 1500, 200000, 3u << 20, FILE_LIMIT };
		x->cap = caps[rnd(x, 4)];
		whole(x, t);
	}
	uint64_t r = rnd(x, 100);
	if (r < 30)
		op_write(x, t);
	else if (r < 50)
		op_read(x, t);
	else if (r < 60)
		op_map(x, t, true);
	else if (r < 68)
		op_map(x, t, false);
	else if (r < 76)
		op_truncate(x, t);
	else if (r < 84)
		op_fallocate(x, t);
	else if (r < 90)
		op_copy(x, t);
	else if (r < 94)
		op_seek(x, t);
	else
		op_sync(x, t);
}

static void keep(struct fsx *x, const char *dir)
{
	for (int i = 0; i < 2; i++) {
		char path[600];
		snprintf(path, sizeof(path), "%s/%s", dir, strrchr(x->t[i].path, '/') + 1);
		FILE *f = fopen(path, "w");
		if (!f || fwrite(x->t[i].model, 1, x->t[i].size, f) != x->t[i].size || fclose(f))
			fail(x, "%s: %s", path, strerror(errno));
	}
}

int main(int argc, char **argv)
{
	static struct fsx x = { .mode = "buffered", .seed = 1, .cap = FILE_LIMIT };
	uint64_t ops = 3000;
	const char *kept = NULL;
	int c;
	while ((c = getopt(argc, argv, "m:n:s:k:")) != -1) {
		if (c == 'm')
			x.mode = optarg;
		else if (c == 'n')
			ops = strtoull(optarg, NULL, 10);
		else if (c == 's')
			x.seed = strtoull(optarg, NULL, 10);
		else if (c == 'k')
			kept = optarg;
		else
			return 2;
	}
	if (argc - optind != 1)
		return fprintf(stderr, "usage: fsx [-m MODE] [-n OPS] [-s SEED] [-k DIR] DIR\n"), 2;
	x.rng = (x.seed + 1) * 0x9e3779b97f4a7c15u;
	bool queue = !strcmp(x.mode, "aio") || !strcmp(x.mode, "uring");
	if (queue && !(x.io = io_open(x.mode)))
		return fprintf(stderr, "fsx: this kernel has no %s\n", x.mode), 77;
	if (posix_memalign((void **)&x.buf, PAGE, FILE_LIMIT + PAGE))
		return 1;
	for (int i = 0; i < 2; i++) {
		struct target *t = &x.t[i];
		snprintf(t->path, sizeof(t->path), "%s/%s-%llu-%d", argv[optind], x.mode, (unsigned long long)x.seed,
		         i);
		t->model = calloc(1, FILE_LIMIT);
		if (!t->model)
			return 1;
		open_target(&x, t, O_CREAT | O_TRUNC);
	}
	for (x.op = 0; x.op < ops; x.op++)
		step(&x);
	for (int i = 0; i < 2; i++) {
		whole(&x, &x.t[i]);
		close_target(&x, &x.t[i]);
	}
	io_close(x.io);
	if (kept)
		keep(&x, kept);
	printf("fsx: mode %s, seed %llu: %llu operations, no difference\n", x.mode, (unsigned long long)x.seed,
	       (unsigned long long)ops);
	return 0;
}
