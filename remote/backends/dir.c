/* SPDX-License-Identifier: MIT
 * A store in a directory. A PUT writes a temporary file in the same folder, syncs it, renames it and syncs the folder,
 * so a name never shows a torn object. The place is opened anew for each request: it may be unmounted meanwhile.
 *
 * Whoever else can write there may leave anything: below the place no link is followed, so nothing outside is read,
 * written or removed; what is no plain file is no object, and opening it neither waits (a pipe without a writer) nor
 * makes a terminal ours.
 */
#include "remote/backends/dir.h"

#include "remote/requests/name.h"
#include "remote/requests/pool.h"
#include "util/cleanup.h"
#include "util/hex.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define THREADS 4
#define TEMP_PREFIX ".cloudseal-"
#define TEMP_MAX_AGE_S (24 * 3600) /* a leftover of a crash, not of a PUT that still runs */

struct dir {
	struct store base;
	struct pool *pool;
	char *path;
	atomic_bool durable[256]; /* folders whose name this process has synced */
	pthread_mutex_t lock;
	dev_t device; /* lock: of the directory in which the header was asked for last; */
	ino_t inode;  /* lock: 0: it never was */
};

static err_t from_errno(int n)
{
	switch (n) {
	case ENOSPC:
	case EDQUOT:
		return ERR_STOREFULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_REFUSED;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	case ENOTCONN:
	case ESTALE:
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return ERR_NET;
	case ENOMEM:
	case ENFILE:
	case EMFILE:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

/* next_of: what a person does about it, behind what strerror says. */
static const char *next_of(int n)
{
	switch (n) {
	case EACCES:
		return ": give this user the right to read and write there";
	case EPERM:
		return ": it is immutable (lsattr, chattr -i), or another user's";
	case EROFS:
		return ": mount its disk writable, or see the system's log for why it is not";
	case EIO:
		return ": look at the disk (dmesg, smartctl)";
	default:
		return "";
	}
}

static err_t say_errno(struct store_op *op, const char *what)
{
	int n = errno;
	return store_op_say(op, from_errno(n), "Cannot %s %s in the vault's folder: %s%s.", what, op->name, strerror(n),
	                    next_of(n));
}

/* none_of_ours: what stands there, or where its folder would, is a link, a folder, a socket, a device: no object. */
static bool none_of_ours(int n)
{
	return n == ELOOP || n == ENOTDIR || n == EISDIR || n == ENXIO || n == ENODEV;
}

static int open_place(const struct dir *d)
{
	return open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* place_why: that the place cannot be opened, with what a person looks at next. */
static err_t place_why(const struct dir *d, int n, struct why *why)
{
	if (n == ENOENT)
		return why_set(why, ERR_NOSTORE,
		               "The vault's folder %.300s is not there: is its disk mounted, is the path right?",
		               d->path);
	if (n == ENOTDIR)
		return why_set(why, ERR_NOSTORE, "The vault's place %.300s is no directory: say another.", d->path);
	return why_set(why, from_errno(n), "The vault's folder %.300s cannot be opened: %s%s.", d->path, strerror(n),
	               next_of(n));
}

static err_t place_error(const struct dir *d, struct store_op *op)
{
	struct why why = { 0 };
	err_t e = place_why(d, errno, &why);
	return store_op_say(op, e, "%s", why.text);
}

/* place_is_known: another directory may stand at the path by now, as when its disk was taken away. Nothing is written
 * or deleted in it before somebody asked for the header there, and knows whose it is. */
static bool place_is_known(struct dir *d, int place, bool asked)
{
	struct stat st;
	if (fstat(place, &st))
		return false;
	guard(&d->lock);
	if (asked) {
		d->device = st.st_dev;
		d->inode = st.st_ino;
	}
	return !d->inode || (d->device == st.st_dev && d->inode == st.st_ino);
}

static err_t place_is_new(struct store_op *op)
{
	return store_op_say(op, ERR_NOSTORE,
	                    "Another folder is at the vault's place than before: is its disk mounted?");
}

static err_t write_all(int fd, struct span body)
{
	const uint8_t *p = body.p;
	for (size_t left = body.len; left;) {
		ssize_t n = write(fd, p, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		p += n;
		left -= (size_t)n;
	}
	return ERR_OK;
}

/* folder_name: where op's object lies in the place. */
static void folder_name(const struct store_op *op, char out[3])
{
	bool header = !strcmp(op->name, STORE_HEADER);
	snprintf(out, 3, "%.2s", header ? "." : op->name);
}

static int open_below(int at, const char *folder)
{
	return openat(at, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* open_folder: that of op's object; -1 with errno. */
static int open_folder(int place, const struct store_op *op)
{
	char folder[3];
	folder_name(op, folder);
	return open_below(place, folder);
}

/* make_folder: open_folder, made when it is missing. Its name is made durable also when another thread, or a process
 * that was killed, made it: that one may not have come so far. */
static int make_folder(struct dir *d, int place, const struct store_op *op)
{
	char folder[3];
	uint8_t byte;
	folder_name(op, folder);
	if (!hex_decode(folder, &byte, 1))
		return open_below(place, folder); /* the header's */
	bool made = !mkdirat(place, folder, 0700);
	if (!made && errno != EEXIST)
		return -1;
	if ((made || !atomic_load(&d->durable[byte])) && fsync(place))
		return -1;
	atomic_store(&d->durable[byte], true);
	return open_below(place, folder);
}

static err_t put_in(struct store_op *op, int folder)
{
	uint8_t salt[8];
	char hex[17], temp[sizeof(TEMP_PREFIX) + sizeof(hex)];
	if (getrandom(salt, sizeof(salt), 0) != sizeof(salt))
		return say_errno(op, "name a temporary file for");
	hex_encode(salt, sizeof(salt), hex);
	snprintf(temp, sizeof(temp), TEMP_PREFIX "%s", hex);
	cleanup_fd int fd = openat(folder, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return say_errno(op, "create");
	if (write_all(fd, op->r.body) || fdatasync(fd) || renameat(folder, temp, folder, op->name)) {
		err_t e = say_errno(op, "write");
		(void)unlinkat(folder, temp, 0); /* a leftover is removed by a later list */
		return e;
	}
	return fsync(folder) ? say_errno(op, "sync") : ERR_OK;
}

static err_t put(struct dir *d, struct store_op *op)
{
	cleanup_fd int place = open_place(d);
	if (place < 0)
		return place_error(d, op);
	if (!place_is_known(d, place, false))
		return place_is_new(op);
	cleanup_fd int folder = make_folder(d, place, op);
	return folder < 0 ? say_errno(op, "make the folder of") : put_in(op, folder);
}

/* say_alone: of a GET: that the object is there, and cannot be had. */
static err_t say_alone(struct store_op *op, const char *what)
{
	err_t e = say_errno(op, what);
	if (op->r.answer)
		op->r.answer->alone = true;
	return e;
}

static err_t read_range(struct store_op *op, int fd, uint64_t length, struct buf *body)
{
	uint8_t *p = buf_extend(body, length);
	if (!p && length)
		return ERR_NOMEM;
	for (uint64_t done = 0; done < length;) {
		ssize_t n = pread(fd, p + done, length - done, (off_t)(op->r.offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return say_alone(op, "read");
		if (!n)
			return store_op_say(op, ERR_DAMAGED, "Object %s is shorter than expected.", op->name);
		done += (uint64_t)n;
	}
	return ERR_OK;
}

static int open_object(int folder, const char *name)
{
	return openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static err_t get(struct dir *d, struct store_op *op, struct buf *body)
{
	cleanup_fd int place = open_place(d);
	if (place < 0)
		return place_error(d, op);
	if (!strcmp(op->name, STORE_HEADER) && !place_is_known(d, place, true))
		return place_is_new(op);
	cleanup_fd int folder = open_folder(place, op);
	cleanup_fd int fd = folder < 0 ? -1 : open_object(folder, op->name);
	if (fd < 0 && none_of_ours(errno))
		return store_op_say(op, ERR_DAMAGED, "Object %s is not a file.", op->name);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOTFOUND : say_alone(op, "open");
	struct stat st;
	if (fstat(fd, &st))
		return say_errno(op, "stat");
	if (!S_ISREG(st.st_mode))
		return store_op_say(op, ERR_DAMAGED, "Object %s is not a file.", op->name);
	uint64_t length = op->r.length ? op->r.length : (uint64_t)st.st_size;
	if (length > store_op_limit(&op->r))
		return store_op_say(op, ERR_LIMIT, "Object %s is larger than it may be.", op->name);
	return read_range(op, fd, length, body);
}

static err_t del(struct dir *d, struct store_op *op)
{
	cleanup_fd int place = open_place(d);
	if (place < 0)
		return place_error(d, op);
	if (!place_is_known(d, place, false))
		return place_is_new(op);
	cleanup_fd int folder = open_folder(place, op);
	bool gone = folder >= 0 && !unlinkat(folder, op->name, 0);
	return gone || errno == ENOENT || none_of_ours(errno) ? ERR_OK : say_errno(op, "delete");
}

static err_t run(void *ctx, struct store_op *op, struct buf *body)
{
	struct dir *d = ctx;
	switch (op->kind) {
	case STORE_PUT:
		return put(d, op);
	case STORE_GET:
		return get(d, op, body);
	case STORE_DEL:
		return del(d, op);
	}
	return ERR_INVAL;
}

static void dir_put(struct store *s, const struct store_request *r)
{
	pool_submit(((struct dir *)s)->pool, STORE_PUT, r);
}

static void dir_get(struct store *s, const struct store_request *r)
{
	pool_submit(((struct dir *)s)->pool, STORE_GET, r);
}

static void dir_del(struct store *s, const struct store_request *r)
{
	pool_submit(((struct dir *)s)->pool, STORE_DEL, r);
}

static void cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

struct dir_listing {
	struct dir *d;
	store_list_fn fn;
	void *ctx;
	bool ended; /* fn has had enough */
};

/* One file of a folder (`prefix` of two digits, or "" for the place itself). */
static err_t visit(struct dir_listing *w, int folder, const char *prefix, const char *name)
{
	struct stat st;
	bool temp = !strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX));
	bool ours = store_name_ok(name) && (*prefix ? !strncmp(name, prefix, 2) : !strcmp(name, STORE_HEADER));
	if (!temp && !ours)
		return ERR_OK;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? ERR_OK : from_errno(errno);
	if (temp && S_ISREG(st.st_mode) && st.st_mtime < time(NULL) - TEMP_MAX_AGE_S)
		(void)unlinkat(folder, name, 0); /* only tidying */
	if (ours && S_ISREG(st.st_mode))
		w->ended = w->fn(w->ctx, name, (uint64_t)st.st_size) == STORE_LIST_STOP;
	return ERR_OK;
}

static err_t list_folder(struct dir_listing *w, int at, const char *prefix);

static err_t list_entry(struct dir_listing *w, int folder, const char *prefix, const char *name)
{
	uint8_t byte;
	if (pool_down(w->d->pool))
		return ERR_CANCELED;
	if (!*prefix && hex_decode(name, &byte, 1))
		return list_folder(w, folder, name);
	return visit(w, folder, prefix, name);
}

static err_t list_folder(struct dir_listing *w, int at, const char *prefix)
{
	cleanup_fd int fd = open_below(at, *prefix ? prefix : ".");
	if (fd < 0)
		return *prefix && (errno == ENOENT || none_of_ours(errno)) ? ERR_OK : from_errno(errno);
	cleanup(cleanup_dir) DIR *d = fdopendir(fd);
	if (!d)
		return from_errno(errno);
	int folder = steal_fd(fd); /* closed with `d` */
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(d);
		if (!entry)
			return errno ? from_errno(errno) : ERR_OK;
		err_t e = list_entry(w, folder, prefix, entry->d_name);
		if (e || w->ended)
			return e;
	}
}

static err_t dir_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct dir_listing w = { (struct dir *)s, fn, ctx, false };
	cleanup_fd int place = open_place(w.d);
	if (place < 0)
		return errno == ENOENT || errno == ENOTDIR ? ERR_NOSTORE : from_errno(errno);
	return list_folder(&w, place, "");
}

/* sync_name: the name of a place that was just made; a parent that may not be read is left to the file system. */
static int sync_name(int place)
{
	cleanup_fd int parent = openat(place, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return errno == EACCES ? 0 : -1;
	return fsync(parent);
}

static err_t cannot_make(const struct dir *d, struct why *why)
{
	return why_set(
	        why, ERR_NOSTORE,
	        "The vault's folder %.300s cannot be made: the one it would lie in is not there: make that first, or "
	        "mount its disk.",
	        d->path);
}

static err_t dir_check(struct store *s, bool create, struct why *why)
{
	const struct dir *d = (struct dir *)s;
	if (pool_down(d->pool))
		return why_set(why, ERR_CANCELED, "Shut down.");
	bool made = create && !mkdir(d->path, 0700);
	if (create && !made && errno == ENOENT)
		return cannot_make(d, why);
	if (create && !made && errno != EEXIST)
		return why_set(why, from_errno(errno), "The vault's folder %.300s cannot be made: %s%s.", d->path,
		               strerror(errno), next_of(errno));
	cleanup_fd int place = open_place(d);
	if (place < 0)
		return place_why(d, errno, why);
	if (made && sync_name(place))
		return why_set(why, from_errno(errno), "The vault's folder %.300s cannot be synced: %s.", d->path,
		               strerror(errno));
	if (faccessat(place, ".", R_OK | W_OK | X_OK, AT_EACCESS))
		return why_set(
		        why, from_errno(errno),
		        "The vault's folder %.300s may not be written: %s: give yourself the right to, or say another.",
		        d->path, strerror(errno));
	return ERR_OK;
}

/* is_foreign: lost+found is the file system's own. */
static bool is_foreign(const char *name)
{
	return strcmp(name, ".") && strcmp(name, "..") && strcmp(name, "lost+found");
}

/* is_nothing: also what a PUT left that was ended, and folders for objects with nothing else in them. */
static bool is_nothing(int folder, bool top, const char *name);

/* all_nothing: `top`: of the place itself, not of a folder in it. */
static bool all_nothing(int fd, bool top)
{
	cleanup(cleanup_dir) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool all = true;
	const struct dirent *entry;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return top;
	}
	while (all && (entry = readdir(d)))
		all = is_nothing(dirfd(d), top, entry->d_name);
	return all;
}

static bool is_nothing(int folder, bool top, const char *name)
{
	uint8_t byte;
	if (!is_foreign(name) || !strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)))
		return true;
	return top && hex_decode(name, &byte, 1) && all_nothing(open_below(folder, name), false);
}

static err_t look_in(DIR *place, struct store_place *ret)
{
	const struct dirent *entry;
	errno = 0;
	while ((entry = readdir(place))) {
		if (!is_nothing(dirfd(place), true, entry->d_name))
			store_name_seen(ret, entry->d_name);
		errno = 0;
	}
	return errno ? from_errno(errno) : ERR_OK;
}

/* can_make: the directory that the place would lie in is there. */
static bool can_make(const struct dir *d)
{
	cleanup_free char *up = strdup(d->path);
	struct stat st;
	size_t n = up ? strlen(up) : 0;
	while (n > 1 && up[n - 1] == '/')
		up[--n] = 0;
	char *slash = up ? strrchr(up, '/') : NULL;
	if (!slash)
		return false;
	slash[slash == up] = 0;
	return !stat(up, &st) && S_ISDIR(st.st_mode);
}

static err_t dir_look(struct store *s, struct store_place *ret, struct why *why)
{
	const struct dir *d = (struct dir *)s;
	struct stat st;
	*ret = (struct store_place){ .state = STORE_PLACE_EMPTY };
	cleanup(cleanup_dir) DIR *place = opendir(d->path);
	if (place)
		return look_in(place, ret);
	int n = errno;
	if (n != ENOENT || !lstat(d->path, &st)) /* a link to nowhere is no place to make something at */
		return place_why(d, n, why);
	ret->state = STORE_PLACE_ABSENT;
	return can_make(d) ? ERR_OK : cannot_make(d, why);
}

static void dir_shutdown(struct store *s)
{
	pool_shutdown(((struct dir *)s)->pool);
}

static void dir_destroy(struct store *s)
{
	struct dir *d = (struct dir *)s;
	pool_free(d->pool);
	pthread_mutex_destroy(&d->lock);
	free(d->path);
	free(d);
}

static void dir_limit(struct store *s, uint64_t up, uint64_t down)
{
	(void)s, (void)up, (void)down; /* the throttle layer counts; there is no link of ours to slow down */
}

static const struct store_ops dir_ops = { dir_put,      dir_get,     dir_del,   dir_list, dir_check,
	                                  dir_shutdown, dir_destroy, dir_limit, dir_look };

err_t store_dir_open(const char *path, struct store **ret, struct why *why)
{
	if (path[0] != '/')
		return why_set(why, ERR_INVAL, "The vault's folder must be an absolute path.");
	struct dir *d = calloc(1, sizeof(*d));
	if (!d)
		return ERR_NOMEM;
	d->base.ops = &dir_ops;
	pthread_mutex_init(&d->lock, NULL);
	d->path = strdup(path);
	err_t e = d->path ? pool_new(THREADS, run, d, &d->pool) : ERR_NOMEM;
	if (e) {
		dir_destroy(&d->base);
		return e;
	}
	*ret = &d->base;
	return ERR_OK;
}
