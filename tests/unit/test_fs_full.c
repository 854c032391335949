/* SPDX-License-Identifier: MIT
 * A disk that runs full under a whole device: file system, map on a small tmpfs, sync engine. Whatever filled it: what
 * was accepted is kept, everything can be removed, and with the store back all of it drains. Needs root to mount;
 * without, the test says so and is skipped. Environment: SEED, SEEDS: first seed and how many.
 */
#include "fs/core/errno_of.h"
#include "fs/fs.h"
#include "tests/fs_fake.h"
#include "remote/layers/fault.h"
#include "remote/backends/mem.h"
#include "remote/open.h"
#include "sync/bootstrap.h"
#include "sync/core/state.h"
#include "sync/core/stream.h"
#include "sync/fetch/fetch.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants these first */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#define THREADS 6u
#define REFUSALS 20u /* a writer gives up after so many */
#define FILES 20000u /* of one writer at most */
#define PUBLISHED 2000u
#define XATTR 40000u
#define TINY 1u           /* load.sizes: some 50,000 of these fill a disk */
#define TINY_SCALE 4u     /* so what holds them is smaller, in each part */
#define FIXED 36u         /* MiB of a disk: the log, and what is left to others; scaled by nobody */
#define PART (128u << 10) /* a write */

struct load { /* what fills the disk */
	unsigned sizes;
	bool xattrs, long_names, fsync;
	bool published; /* some of it is on the store before that goes away */
	bool beside;    /* others write while all is removed */
	bool reopened;  /* the vault is closed and opened again while the disk is full */
};
struct device {
	char dir[64];
	struct store *store;
	struct create made;
	struct genesis genesis; /* points into it */
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
	struct map *map;
	struct sync *sync;
	struct work *work;
	struct fetch *fetch;
	struct fs *fs;
	struct fs_caller who;
	struct load load;
	unsigned scale; /* disk, memtables and reserve are by so much smaller than elsewhere */
	uint64_t dirs[THREADS];
	uint8_t junk[2 * PART]; /* nothing that could be compressed */
	_Atomic bool stop;      /* writers end */
	_Atomic unsigned wrong;
};
struct worker {
	struct device *d;
	pthread_t thread;
	uint64_t random;
	unsigned no, first, made; /* files `first` to first + made - 1 of directory `no` */
};

static uint64_t rnd(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * 0x2545f4914f6cdd1d >> 16;
}

static void must(struct device *d, int err, const char *what)
{
	if (!err)
		return;
	d->wrong++;
	print_error("%s: %s\n", what, strerror(err));
}

/* --- a device --- */

static void wake(void *ctx)
{
	struct device *d = ctx;
	if (d->sync)
		sync_wake(d->sync);
}

static struct sync_members members_of(const struct device *d)
{
	return (struct sync_members){ d->named, d->named_n, d->made.device };
}

static void vault_make(struct device *d)
{
	struct span genesis;
	struct why why = { 0 };
	const struct create_wish w = { .cipher = CIPHER_AES256GCM, .now = 1700000000 };
	assert_int_equal(create_draw(&w, &d->made), ERR_OK);
	assert_int_equal(genesis_check(buf_span(&d->made.genesis), &d->genesis, &genesis), ERR_OK);
	assert_int_equal(genesis_named(&d->genesis, d->named, &d->named_n), ERR_OK);
	struct bootstrap b = { .store = d->store,
		               .map = d->map,
		               .keyring = d->made.keyring,
		               .members = members_of(d),
		               .made = &d->made,
		               .device_name = "desk",
		               .clock = clock_system() };
	if (bootstrap_create(&b, &why))
		fail_msg("bootstrap_create: %s", why.text);
}

static void sync_up(struct device *d)
{
	struct why why = { 0 };
	struct sync_config c = { .store = d->store,
		                 .map = d->map,
		                 .keyring = d->made.keyring,
		                 .members = members_of(d),
		                 .clock = clock_system(),
		                 .quiesce_ms = 100,
		                 .poll_ms = 100 };
	if (sync_open(&c, &d->sync, &why))
		fail_msg("sync_open: %s", why.text);
}

/* work_up: file system and engine work on one changeset. */
static void work_up(struct device *d)
{
	struct work_config c = { .map = d->map, .hash = keyring_namehash(d->made.keyring) };
	struct stream own;
	assert_int_equal(stream_own(d->map, &own), ERR_OK);
	c.stream = own.number;
	assert_int_equal(work_open(&c, &d->work), ERR_OK);
	struct sync_attached at = { work_changeset(d->work), work_follow(d->work), work_closing(d->work) };
	sync_attach(d->sync, &at);
}

static void device_open(struct device *d)
{
	static const struct key map_key = { { 9 } };
	struct why why = { 0 };
	struct map_config mc = { .key = &map_key, .dir = d->dir };
	mc.memtable_max = (16u << 20) / d->scale;
	mc.reserve = (32u << 20) / d->scale;
	if (map_open(&mc, &d->map, &why))
		fail_msg("map_open: %s", why.text);
	if (!d->made.keyring)
		vault_make(d);
	d->fetch = fetch_new(d->store, d->map);
	assert_non_null(d->fetch);
	sync_up(d);
	work_up(d);
	struct fs_config f = { .work = d->work,
		               .map = d->map,
		               .keyring = d->made.keyring,
		               .fetch = d->fetch,
		               .uid = 1000,
		               .gid = 1000,
		               .cache_limit = 16u << 20,
		               .state_dir = d->dir,
		               .wake_sync = wake,
		               .ctx = d };
	assert_int_equal(fs_open(&f, &d->fs), 0);
	assert_int_equal(sync_start(d->sync), ERR_OK);
}

static void device_close(struct device *d)
{
	sync_stop(d->sync);
	fetch_stop(d->fetch);
	must(d, fs_close(d->fs), "closing the file system");
	sync_freep(&d->sync);
	work_freep(&d->work);
	fetch_freep(&d->fetch);
	must(d, errno_of(map_close(d->map)), "closing the map");
}

/* device_new: NULL: a small file system cannot be mounted here. */
static struct device *device_new(unsigned mib, unsigned scale, uint64_t seed)
{
	struct device *d = calloc(1, sizeof(*d));
	char options[32];
	assert_non_null(d);
	const char *tmp = getenv("TMPDIR"); /* what a killed test leaves there is unmounted by dev/test */
	snprintf(d->dir, sizeof(d->dir), "%.40s/cs-full-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(d->dir));
	snprintf(options, sizeof(options), "size=%um", FIXED + (mib - FIXED) / scale);
	if (mount("tmpfs", d->dir, "tmpfs", 0, options)) {
		print_error("NOT RUN: cannot mount a small tmpfs (%s)\n", strerror(errno));
		rmdir(d->dir);
		free(d);
		skip(); /* in CI a failure */
	}
	assert_int_equal(crypto_random(d->junk, sizeof(d->junk)), ERR_OK);
	d->who = (struct fs_caller){ 1000, 1000, 022, 1, NULL, 0 };
	d->scale = scale;
	d->store = fault_new(store_mem_new(), seed);
	device_open(d);
	return d;
}

static void device_free(struct device *d)
{
	device_close(d);
	store_close(d->store);
	create_free(&d->made);
	assert_int_equal(umount(d->dir), 0);
	assert_int_equal(rmdir(d->dir), 0);
	free(d);
}

/* drains: all is on the store. */
static void drains(struct device *d)
{
	struct why why = { 0 };
	must(d, fs_sync(d->fs), "what was accepted becomes durable here");
	err_t e = sync_wait(d->sync, 120000, &why);
	if (!e)
		return;
	d->wrong++;
	print_error("sync: %s: %s\n", err_text(e), why.text);
}

/* --- filling and removing --- */

static void name_of(const struct worker *w, unsigned i, char name[80])
{
	const char *head = w->d->load.long_names ? "a name that is rather long, as those of photographs are " : "f";
	snprintf(name, 80, "%s%u", head, i);
}

static void removed(struct worker *w, unsigned i)
{
	char name[80];
	name_of(w, i, name);
	int err = fs_unlink(w->d->fs, w->d->dirs[w->no], name);
	must(w->d, err == ENOENT ? 0 : err, name);
}

static int append(struct worker *w, struct fs_file *h, size_t n)
{
	struct device *d = w->d;
	uint8_t part[PART];
	memcpy(part, w->d->junk + rnd(&w->random) % PART, sizeof(part));
	for (uint64_t off = 0; off < n;) {
		size_t some = MIN(n - off, sizeof(part));
		int err = fs_write(d->fs, h, off, part, some, 0);
		if (err == EAGAIN)
			usleep(2000);
		else if (err)
			return err;
		else
			off += some;
	}
	return 0;
}

/* contents: of a new file, by what the load is. */
static int contents(struct worker *w, struct fs_file *h)
{
	static const size_t sizes[4][4] = { { 300000, 1000000, 0, 70000 },
		                            { 0, 0, 10, 100 },
		                            { 1000, 5000, 2500, 6000 },
		                            { 1000000, 1000000, 1000000, 1000000 } };
	struct device *d = w->d;
	int err = append(w, h, sizes[d->load.sizes][rnd(&w->random) % 4]);
	if (!err && d->load.xattrs)
		err = fs_setxattr(d->fs, &d->who, fs_ino_of(h), "user.x",
		                  SPAN(d->junk, rnd(&w->random) % 3 ? 200 : XATTR), 0);
	return !err && d->load.fsync ? fs_fsync(d->fs, fs_ino_of(h)) : err;
}

/* make_one: what was begun and refused is removed at once, every other time. */
static int make_one(struct worker *w)
{
	struct device *d = w->d;
	struct stat st;
	struct fs_file *h;
	char name[80];
	unsigned i = w->first + w->made;
	name_of(w, i, name);
	int err = fs_create(d->fs, &d->who, &(struct fs_new){ d->dirs[w->no], name, 0644 }, O_RDWR, &st, &h);
	if (err)
		return err;
	w->made++;
	err = contents(w, h);
	fs_file_close(d->fs, h);
	fs_forget(d->fs, st.st_ino, 1);
	if (err && w->made % 2)
		removed(w, i);
	return err;
}

static void *writer(void *arg)
{
	struct worker *w = arg;
	for (unsigned refused = 0; !w->d->stop && refused < REFUSALS && w->made < FILES;) {
		int err = make_one(w);
		if (err != ENOSPC) {
			must(w->d, err, "making a file");
			continue;
		}
		refused++;
		usleep(10000);
	}
	return NULL;
}

static void *remover(void *arg)
{
	struct worker *w = arg;
	for (unsigned i = 0; i < w->made; i++)
		removed(w, w->first + i);
	return NULL;
}

static void start(struct worker *w, unsigned n, void *(*fn)(void *))
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_create(&w[i].thread, NULL, fn, &w[i]), 0);
}

static void finish(struct worker *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
}

static void workers_init(struct device *d, struct worker *w, uint64_t seed, unsigned first)
{
	for (unsigned i = 0; i < THREADS; i++)
		w[i] = (struct worker){ .d = d, .no = i, .random = seed * 1000 + i + 1, .first = first };
}

static void dirs_make(struct device *d)
{
	for (unsigned i = 0; i < THREADS; i++) {
		struct stat st;
		char name[16];
		snprintf(name, sizeof(name), "dir%u", i);
		assert_int_equal(fs_mkdir(d->fs, &d->who, INO_ROOT, name, 0755, &st), 0);
		d->dirs[i] = st.st_ino;
	}
}

/* remove_all: while some go on writing, or nobody does. */
static void remove_all(struct device *d, struct worker *w, uint64_t seed)
{
	struct worker more[THREADS];
	unsigned beside = d->load.beside ? 2 : 0;
	workers_init(d, more, seed + 1, FILES);
	start(w, THREADS, remover);
	start(more, beside, writer);
	finish(w, THREADS);
	d->stop = true;
	finish(more, beside);
	start(more, beside, remover);
	finish(more, beside);
}

/* --- the test --- */

static void fill_remove_drain(struct device *d, uint64_t seed, bool remove_first)
{
	struct worker w[THREADS];
	dirs_make(d);
	workers_init(d, w, seed, 0);
	for (unsigned i = 0; d->load.published && i < PUBLISHED && !make_one(&w[i % THREADS]); i++)
		;
	drains(d);
	fault_offline(d->store, ERR_NET);
	start(w, THREADS, writer);
	finish(w, THREADS);
	must(d, fs_sync(d->fs), "all that was accepted becomes durable on the full disk");
	if (remove_first)
		remove_all(d, w, seed);
	if (d->load.reopened) {
		device_close(d);
		device_open(d);
	}
	fault_offline(d->store, ERR_OK);
	drains(d);
	if (!remove_first)
		remove_all(d, w, seed);
	drains(d);
}

static void whatever_fills_the_disk_can_be_removed_and_drains(void **state)
{
	(void)state;
	const char *from = getenv("SEED"), *seeds = getenv("SEEDS");
	uint64_t first = from ? strtoull(from, NULL, 0) : 1, n = seeds ? strtoull(seeds, NULL, 0) : 4;
	for (uint64_t seed = first; seed < first + n; seed++) {
		uint64_t random = seed * 0x9e3779b97f4a7c15;
		for (unsigned i = 0; i < 16; i++)
			rnd(&random);
		unsigned mib = 110 + (unsigned)(rnd(&random) % 60), sizes = (unsigned)seed % 4;
		struct device *d = device_new(mib, sizes == TINY ? TINY_SCALE : 1, seed);
		uint64_t r = rnd(&random);
		d->load = (struct load){ sizes, r & 1, r & 2, r & 4, r & 8, r & 16, r & 32 };
		fill_remove_drain(d, seed, r & 64);
		unsigned wrong = d->wrong;
		device_free(d);
		if (wrong)
			fail_msg("seed %llu: %u wrong", (unsigned long long)seed, wrong);
	}
}

/* fill: one writer's bytes until it is refused for good. */
static uint64_t fill(struct device *d)
{
	struct stat st;
	struct fs_file *h;
	struct worker w = { .d = d, .random = 7 };
	uint64_t took = 0;
	assert_int_equal(fs_create(d->fs, &d->who, &(struct fs_new){ INO_ROOT, "big", 0644 }, O_RDWR, &st, &h), 0);
	for (unsigned refused = 0; refused < REFUSALS;) {
		size_t at = rnd(&w.random) % PART;
		int err = fs_write(d->fs, h, took, d->junk + at, PART, 0);
		if (err) {
			refused += err == ENOSPC;
			usleep(err == ENOSPC ? 10000 : 2000);
		} else {
			took += PART;
		}
	}
	fs_file_close(d->fs, h);
	fs_forget(d->fs, st.st_ino, 1);
	return took;
}

static void df_says_what_can_be_written(void **state)
{
	(void)state;
	struct statvfs before, after;
	struct device *d = device_new(200, 1, 1);
	drains(d);
	fault_offline(d->store, ERR_NET);
	assert_int_equal(fs_statfs(d->fs, &before), 0);
	uint64_t said = before.f_bavail * before.f_frsize, took = fill(d);
	must(d, fs_sync(d->fs), "all of it becomes durable");
	assert_int_equal(fs_statfs(d->fs, &after), 0);
	fault_offline(d->store, ERR_OK);
	drains(d);
	unsigned wrong = d->wrong;
	device_free(d);
	assert_int_equal(wrong, 0);
	print_message("%llu MiB available, %llu written; then %llu and %llu free\n", (unsigned long long)said >> 20,
	              (unsigned long long)took >> 20, (unsigned long long)(after.f_bavail * after.f_frsize) >> 20,
	              (unsigned long long)(after.f_bfree * after.f_frsize) >> 20);
	assert_true(took <= said + said / 10 && took >= said - said / 5);
	assert_true(after.f_bavail * after.f_frsize < 8u << 20);
	assert_true(after.f_bfree > after.f_bavail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(df_says_what_can_be_written),
		cmocka_unit_test(whatever_fills_the_disk_can_be_removed_and_drains),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
