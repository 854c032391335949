/* SPDX-License-Identifier: MIT */
#include "tests/sim/ops.h"

#include "tests/sim/host.h"
#include "tests/sim/prng.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/stat.h>

#define TEXT_MAX (300u * 1024)
#define NAMES 4

static const struct fs_caller me = { 1000, 1000, 022, 1 };
static const char *const names[NAMES] = { "a", "b", "c.txt", "d" };

struct op {
	const struct look *look; /* before it */
	struct device *d;
	struct fs *fs;
	uint64_t k;
	struct op_numbers n;
	const struct look_entry *old;  /* the subject; NULL: none of that kind is there */
	const struct look_entry *over; /* what is at `q` already; NULL: nothing */
	char p[LOOK_PATH], q[LOOK_PATH];
	uint64_t ino, qdir; /* the subject's; the directory of `q` */
	char was[LOOK_HASH], now[LOOK_HASH], qwas[LOOK_HASH];
	char value[24]; /* what was set */
	bool contents;  /* the operation changes the subject's */
	int r;
};

/* --- choosing --- */
static const struct look_entry *choose(const struct op *o, mode_t type, unsigned by)
{
	unsigned count = 0;
	for (unsigned i = 1; i < o->look->n; i++)
		count += !type || o->look->list[i].type == type;
	if (!count)
		return NULL;
	by %= count;
	for (unsigned i = 1;; i++)
		if ((!type || o->look->list[i].type == type) && !by--)
			return &o->look->list[i];
}

static bool choose_old(struct op *o, mode_t type)
{
	o->old = choose(o, type, o->n.a);
	if (!o->old)
		return false;
	strcpy(o->p, o->old->path);
	o->ino = o->old->ino;
	return true;
}

/* choose_new: a place for a name, mostly a free one: o->q, o->qdir, o->over. */
static void choose_new(struct op *o)
{
	const struct look_entry *dir = choose(o, S_IFDIR, o->n.b), *there = choose(o, 0, o->n.c);
	if (!dir || o->n.b % 3 == 0)
		dir = &o->look->list[0];
	if (o->n.b % 7 == 0 && there) {
		strcpy(o->q, there->path);
		o->qdir = there->dir;
	} else {
		snprintf(o->q, sizeof(o->q), "%.150s/%s", dir->path, names[o->n.c % NAMES]);
		o->qdir = dir->ino;
	}
	o->over = look_find(o->look, o->q);
}

/* see: contents as they are now: where somebody else had a turn meanwhile they are read again, until they stay. */
static void see(struct op *o, uint64_t ino, char ret[LOOK_HASH])
{
	char before[LOOK_HASH];
	uint64_t turns = host_count();
	look_contents(o->fs, ino, ret);
	while (host_count() != turns) {
		turns = host_count();
		strcpy(before, ret);
		look_contents(o->fs, ino, ret);
		if (!strcmp(before, ret))
			return;
	}
}

/* seen: what the user was shown before; false: it cannot be read, so it is not touched. */
static bool seen(struct op *o)
{
	uint64_t turns = host_count();
	if (o->ino)
		see(o, o->ino, o->was);
	if (o->over)
		see(o, o->over->ino, o->qwas);
	if (o->ino && host_count() != turns)
		see(o, o->ino, o->was); /* here by now: nothing comes between this and the operation */
	return o->was[0] != '!' && o->qwas[0] != '!';
}

static uint8_t *text_of(const struct op *o, size_t *ret_n)
{
	uint64_t state = o->k * 77 + o->d->no;
	static const unsigned most[] = { 200, 1500, 9000, TEXT_MAX };
	size_t n = 8 + prng_pick(&state, most[o->n.c % 16 ? o->n.c % 3 : 3]);
	uint8_t *p = malloc(n + 8);
	if (!p)
		abort();
	for (size_t i = 0; i < n; i += 8) {
		uint64_t x = prng(&state);
		memcpy(p + i, &x, 8);
	}
	*ret_n = n;
	return p;
}

static int write_at(struct op *o, struct fs_file *f, uint64_t off)
{
	size_t n;
	cleanup_free uint8_t *p = text_of(o, &n);
	int err;
	while ((err = fs_write(o->fs, f, off, p, n, 0)) == EAGAIN)
		if (map_commit(o->d->map))
			return EIO;
	return err;
}

/* --- the operations: each sets o->r; false: there is nothing to do it with --- */
static bool op_create(struct op *o)
{
	struct stat st;
	struct fs_file *f;
	choose_new(o);
	o->over = NULL; /* what is there stays */
	o->contents = true;
	o->r = fs_create(o->fs, &me, &(struct fs_new){ o->qdir, look_name(o->q), 0644 }, O_RDWR, &st, &f);
	if (o->r)
		return true;
	o->ino = st.st_ino;
	o->r = o->n.a % 5 ? write_at(o, f, 0) : 0;
	fs_file_close(o->fs, f);
	fs_forget(o->fs, st.st_ino, 1);
	return true;
}

static bool op_write(struct op *o)
{
	struct fs_file *f;
	if (!choose_old(o, S_IFREG) || !seen(o))
		return false;
	o->contents = true;
	o->r = fs_file_open(o->fs, o->ino, O_RDWR, &f);
	if (o->r)
		return true;
	o->r = write_at(o, f, o->n.b % 3 ? o->n.b * 37 % 3000 : 0);
	fs_file_close(o->fs, f);
	return true;
}

static bool op_append(struct op *o)
{
	struct fs_file *f;
	struct stat st;
	if (!choose_old(o, S_IFREG) || !seen(o))
		return false;
	o->contents = true;
	o->r = fs_getattr(o->fs, o->ino, &st);
	if (!o->r)
		o->r = fs_file_open(o->fs, o->ino, O_RDWR, &f);
	if (o->r)
		return true;
	if (st.st_size < (1 << 20))
		o->r = write_at(o, f, (uint64_t)st.st_size);
	fs_file_close(o->fs, f);
	return true;
}

static bool op_truncate(struct op *o)
{
	struct stat st = { .st_size = o->n.b % 2 ? o->n.b * 31 % 5000 : 0 }, after;
	if (!choose_old(o, S_IFREG) || !seen(o))
		return false;
	o->contents = true;
	o->r = fs_setattr(o->fs, &me, o->ino, &st, FS_SET_SIZE, &after);
	return true;
}

/* op_save: as an editor: a new file under another name, then over the old one. */
static bool op_save(struct op *o)
{
	struct stat st;
	struct fs_file *f;
	const struct look_entry *old = choose(o, S_IFREG, o->n.a);
	if (!old)
		return false;
	o->over = old;
	strcpy(o->q, old->path);
	o->qdir = old->dir;
	if (!seen(o))
		return false;
	o->contents = true;
	o->r = fs_create(o->fs, &me, &(struct fs_new){ o->qdir, ".tmp", 0644 }, O_RDWR, &st, &f);
	if (o->r)
		return true;
	o->ino = st.st_ino;
	o->r = write_at(o, f, 0);
	fs_file_close(o->fs, f);
	if (!o->r)
		o->r = fs_rename(o->fs, o->qdir, ".tmp", o->qdir, look_name(o->q), 0);
	fs_forget(o->fs, st.st_ino, 1);
	return true;
}

static bool rename_with(struct op *o, unsigned flags)
{
	if (!choose_old(o, 0))
		return false;
	choose_new(o);
	if (flags) /* nothing is replaced */
		o->over = NULL;
	if (!seen(o))
		return false;
	o->r = fs_rename(o->fs, o->old->dir, look_name(o->p), o->qdir, look_name(o->q), flags);
	return true;
}
static bool op_rename(struct op *o)
{
	return rename_with(o, o->n.a % 5 ? 0 : RENAME_NOREPLACE);
}
static bool op_exchange(struct op *o)
{
	const struct look_entry *other = choose(o, 0, o->n.b);
	if (!other || !choose_old(o, 0))
		return false;
	strcpy(o->q, other->path);
	o->r = fs_rename(o->fs, o->old->dir, look_name(o->p), other->dir, look_name(o->q), RENAME_EXCHANGE);
	return true;
}

static bool op_link(struct op *o)
{
	struct stat st;
	if (!choose_old(o, S_IFREG))
		return false;
	choose_new(o);
	o->over = NULL;
	o->r = fs_link(o->fs, o->ino, o->qdir, look_name(o->q), &st);
	if (!o->r)
		fs_forget(o->fs, st.st_ino, 1);
	return true;
}

static bool op_unlink(struct op *o)
{
	if (!choose_old(o, o->n.b % 4 ? S_IFREG : S_IFLNK) || !seen(o))
		return false;
	o->r = fs_unlink(o->fs, o->old->dir, look_name(o->p));
	return true;
}

static bool op_mkdir(struct op *o)
{
	struct stat st;
	choose_new(o);
	o->over = NULL;
	o->r = fs_mkdir(o->fs, &me, o->qdir, look_name(o->q), 0755, &st);
	if (o->r)
		return true;
	o->ino = st.st_ino;
	fs_forget(o->fs, st.st_ino, 1);
	return true;
}

static bool op_rmdir(struct op *o)
{
	if (!choose_old(o, S_IFDIR))
		return false;
	o->r = fs_rmdir(o->fs, o->old->dir, look_name(o->p));
	return true;
}

static bool op_symlink(struct op *o)
{
	struct stat st;
	choose_new(o);
	o->over = NULL;
	snprintf(o->value, sizeof(o->value), "to-%llu", (unsigned long long)o->k);
	o->contents = true;
	o->r = fs_symlink(o->fs, &me, o->value, o->qdir, look_name(o->q), &st);
	if (o->r)
		return true;
	o->ino = st.st_ino;
	fs_forget(o->fs, st.st_ino, 1);
	return true;
}

static bool set_attr(struct op *o, struct stat want, unsigned set)
{
	struct stat after;
	if (!choose_old(o, 0))
		return false;
	o->r = fs_setattr(o->fs, &me, o->ino, &want, set, &after);
	return true;
}
static bool op_chmod(struct op *o)
{
	mode_t mode = 0600 | (o->n.b & 077);
	snprintf(o->value, sizeof(o->value), "%u", mode);
	return set_attr(o, (struct stat){ .st_mode = mode }, FS_SET_MODE);
}
static bool op_chown(struct op *o)
{
	uid_t uid = 1000 + o->n.b % 3;
	snprintf(o->value, sizeof(o->value), "%u", uid);
	return set_attr(o, (struct stat){ .st_uid = uid }, FS_SET_UID);
}
static bool op_utimens(struct op *o)
{
	snprintf(o->value, sizeof(o->value), "%u", o->n.b);
	return set_attr(o, (struct stat){ .st_mtim.tv_sec = o->n.b }, FS_SET_MTIME);
}

static bool op_setxattr(struct op *o)
{
	if (!choose_old(o, o->n.c % 2 ? S_IFREG : S_IFDIR))
		return false;
	snprintf(o->value, sizeof(o->value), "%u", o->n.b % 9);
	o->r = fs_setxattr(o->fs, &me, o->ino, "user.x", span_str(o->value), 0);
	return true;
}
static bool op_removexattr(struct op *o)
{
	if (!choose_old(o, 0))
		return false;
	o->r = fs_removexattr(o->fs, o->ino, "user.x");
	return true;
}

/* op_flood: some megabytes of records: only by a schedule that wants it. */
static bool op_flood(struct op *o)
{
	static const char big[60000];
	if (!choose_old(o, S_IFREG))
		return false;
	for (unsigned i = 0; i < 100 && !o->r; i++) {
		char name[NAME_LEN_MAX + 1];
		snprintf(name, sizeof(name), "user.flood.%llu.%u", (unsigned long long)o->k, i);
		o->r = fs_setxattr(o->fs, &me, o->ino, name, SPAN(big, sizeof(big)), 0);
	}
	return true;
}

static bool op_fallocate(struct op *o)
{
	static const int modes[] = { 0, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE };
	struct fs_file *f;
	if (!choose_old(o, S_IFREG) || !seen(o))
		return false;
	o->contents = true;
	o->r = fs_file_open(o->fs, o->ino, O_RDWR, &f);
	if (o->r)
		return true;
	o->r = fs_fallocate(o->fs, f, modes[o->n.b % 3], o->n.c % 4000, 1 + o->n.b * 13 % 6000);
	fs_file_close(o->fs, f);
	return true;
}

/* copy_whole: shares the source's blocks. */
static int copy_whole(struct op *o, uint64_t source, struct fs_file *to)
{
	struct fs_file *from;
	struct stat st;
	size_t done;
	int err = fs_getattr(o->fs, source, &st);
	if (err || !st.st_size || (err = fs_file_open(o->fs, source, O_RDONLY, &from)))
		return err;
	err = fs_copy_range(o->fs, (struct fs_at){ from, 0 }, (struct fs_at){ to, 0 }, (size_t)st.st_size, &done);
	fs_file_close(o->fs, from);
	return err;
}

/* op_reflink: a new file, as cp --reflink makes it. */
static bool op_reflink(struct op *o)
{
	struct stat st;
	struct fs_file *f;
	const struct look_entry *source = choose(o, S_IFREG, o->n.a);
	if (!source)
		return false;
	choose_new(o);
	o->over = NULL;
	o->contents = true;
	o->r = fs_create(o->fs, &me, &(struct fs_new){ o->qdir, look_name(o->q), 0644 }, O_RDWR, &st, &f);
	if (o->r)
		return true;
	o->ino = st.st_ino;
	(void)copy_whole(o, source->ino, f); /* a small file has no blocks to share: then it stays empty */
	fs_file_close(o->fs, f);
	fs_forget(o->fs, st.st_ino, 1);
	return true;
}

/* op_copy: over another file's begin. */
static bool op_copy(struct op *o)
{
	struct fs_file *to;
	const struct look_entry *source = choose(o, S_IFREG, o->n.b);
	if (!source || !choose_old(o, S_IFREG) || source->ino == o->ino || !seen(o))
		return false;
	strcpy(o->q, source->path);
	o->contents = true;
	o->r = fs_file_open(o->fs, o->ino, O_RDWR, &to);
	if (o->r)
		return true;
	o->r = copy_whole(o, source->ino, to);
	fs_file_close(o->fs, to);
	return true;
}

/* --- handles --- */
static struct fs_file **slot(struct op *o)
{
	return &o->d->handle[o->n.b % DEVICE_HANDLES];
}
static bool op_open(struct op *o)
{
	struct fs_file **h = slot(o);
	if (!choose_old(o, S_IFREG))
		return false;
	if (*h)
		fs_file_close(o->fs, steal_ptr(*h));
	o->r = fs_file_open(o->fs, o->ino, O_RDWR, h);
	return true;
}
static bool op_hwrite(struct op *o)
{
	struct fs_file *h = *slot(o);
	if (!h)
		return false;
	o->ino = fs_ino_of(h);
	if (!seen(o))
		return false;
	o->contents = true;
	o->r = write_at(o, h, o->n.c % 2 ? o->n.c % 2000 : 0);
	return true;
}
static bool op_hclose(struct op *o)
{
	struct fs_file **h = slot(o);
	if (!*h)
		return false;
	o->ino = fs_ino_of(*h);
	fs_file_close(o->fs, steal_ptr(*h));
	return true;
}

static bool op_fsync(struct op *o)
{
	o->r = fs_sync(o->fs);
	return true;
}
static bool op_read(struct op *o)
{
	o->contents = true;
	return choose_old(o, S_IFREG);
}

/* --- all of them --- */
const struct op_names op_names[] = {
	{ "create", 8 },   { "write", 8 },       { "append", 3 },    { "truncate", 2 }, { "save", 5 },
	{ "rename", 8 },   { "exchange", 2 },    { "link", 3 },      { "unlink", 5 },   { "mkdir", 4 },
	{ "rmdir", 2 },    { "symlink", 1 },     { "chmod", 1 },     { "chown", 1 },    { "utimens", 1 },
	{ "setxattr", 1 }, { "removexattr", 1 }, { "fallocate", 2 }, { "copy", 2 },     { "reflink", 3 },
	{ "open", 3 },     { "hwrite", 3 },      { "hclose", 2 },    { "fsync", 2 },    { "read", 3 },
	{ "flood", 0 },
};
static bool (*const op_fns[])(struct op *o) = {
	op_create,  op_write,    op_append,      op_truncate,  op_save,    op_rename,  op_exchange,
	op_link,    op_unlink,   op_mkdir,       op_rmdir,     op_symlink, op_chmod,   op_chown,
	op_utimens, op_setxattr, op_removexattr, op_fallocate, op_copy,    op_reflink, op_open,
	op_hwrite,  op_hclose,   op_fsync,       op_read,      op_flood,
};
const unsigned op_kinds = ARRAY_LEN(op_names);
_Static_assert(ARRAY_LEN(op_names) == ARRAY_LEN(op_fns), "a function each");

unsigned op_named(const char *name)
{
	for (unsigned i = 0; i < op_kinds; i++)
		if (!strcmp(op_names[i].name, name))
			return i;
	abort();
}

/* is_there: its name stands for it still; others may have removed it while it was read. */
static bool is_there(const struct op *o, const struct look_entry *e)
{
	struct stat st;
	if (fs_lookup(o->fs, e->dir, look_name(e->path), &st))
		return false;
	fs_forget(o->fs, st.st_ino, 1);
	return st.st_ino == e->ino;
}

/* write_unread: what was there and could not be read. */
static void write_unread(struct journal *j, const struct op *o)
{
	const struct look_entry *e = o->was[0] == '!' ? o->old : o->over;
	const char *was = o->was[0] == '!' ? o->was : o->qwas;
	if (was[0] == '!' && (!e || is_there(o, e)))
		journal_line(j, "{\"e\":\"unread\",\"d\":%u,\"p\":\"%s\",\"was\":\"%s\"}", o->d->no, e ? e->path : o->p,
		             was);
}

static void write_line(struct journal *j, const struct op *o)
{
	struct stat st = { 0 };
	if (o->ino && fs_getattr(o->fs, o->ino, &st))
		st.st_nlink = 0;
	journal_line(
	        j,
	        "{\"e\":\"op\",\"k\":%llu,\"d\":%u,\"op\":\"%s\",\"r\":\"%s\",\"p\":\"%s\",\"q\":\"%s\",\"ino\":%llu,"
	        "\"over\":%llu,\"was\":\"%s\",\"now\":\"%s\",\"qwas\":\"%s\",\"v\":\"%s\",\"nlink\":%u,\"maybe\":%d}",
	        (unsigned long long)o->k, o->d->no, op_names[o->n.kind].name, o->r ? strerrorname_np(o->r) : "", o->p,
	        o->q, (unsigned long long)o->ino, (unsigned long long)(o->over ? o->over->ino : 0), o->was, o->now,
	        o->qwas, o->value, (unsigned)st.st_nlink, o->d->dead);
}

void op_run(struct journal *j, struct device *d, uint64_t k, const struct op_numbers *n)
{
	struct op now = { .look = look_now(d), .d = d, .fs = d->fs, .k = k, .n = *n }, *o = &now;
	bool done = op_fns[n->kind](o);
	if (done && o->contents && o->ino)
		look_contents(o->fs, o->ino, o->now);
	if (done)
		write_line(j, o);
	else
		write_unread(j, o);
	if (!d->dead)
		d->finished = k;
}
