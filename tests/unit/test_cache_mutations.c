/* SPDX-License-Identifier: MIT
 * Structural mutations of a locked vault's local state: data.mdb and the log are edited where their structure is (heads
 * of pages, offsets and heads of nodes, numbers of pages, root records, metas, lists of free pages, heads of records of
 * the log; pages exchanged, copied, of an earlier commit, files cut and grown), and the map is opened and worked on:
 * all is read, records are put and deleted, committed, closed, opened again.
 *
 * Asked for: no memory error, no assertion, no hang (10 s of CPU), and never a value that its key did not have. Each
 * mutation is refused at the opening, or a value does not authenticate, or it changed nothing; but for an older page in
 * the place of a newer one, and a log without its end, which give an earlier value of the same key at worst, or the
 * state of an earlier sync as a whole. What was refused is made anew and works again.
 *
 * MUTATIONS (default 1,500; crash/mutations.sh: 1,000,000), SEED (of the first one; default 1): mutation n of a run
 * has seed SEED + n, and MUTATIONS=1 SEED=n does it again. In a sanitizer's build it shows what it is for: dev/asan
 * cache_mutations. TMPDIR on a file system in memory saves the syncs, which nothing here needs.
 *
 * The files are mutated where they are, through a mapping; before the next one the pages that differ from the image
 * are put back, and no others. What is expected of each key is worked out once.
 */
#include "cache_mutants.h"

#include "util/log.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>

#define STEPS 6 /* versions of the records; the last two are in the log alone of the image of a crash */
#define KEYS 60 /* of each table */
#define SPARE 4 /* that the work may add */
#define SECONDS 10

/* --- the model: which version of a key there is after each step, and what a version's value is --- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x9e3779b97f4a7c15;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 30;
}

struct key_name {
	char text[220];
	struct span s;
};

static void key_name(unsigned table, unsigned i, struct key_name *ret)
{
	int width = table == MAP_RECORDS ? 210 : 16;
	snprintf(ret->text, sizeof(ret->text), "%0*u", width, i * 7919u % 100000u);
	ret->s = span_str(ret->text);
}

/* value_len, value_fill: of version `v`: behind three bytes that say whose it is it is one byte again and again. */
static size_t value_len(unsigned table, unsigned i, unsigned v, uint8_t *ret_fill)
{
	static const size_t lengths[] = { 20, 90, 300, 1400, 3000, 9000 };
	uint64_t h = mix(table * 1000003u + i * 101u + v);
	bool large = table == MAP_BLOCK || h % 9 == 0;
	*ret_fill = (uint8_t)(h >> 32);
	return lengths[h % 3 + (large ? 3 : 0)];
}

static void value_of(unsigned table, unsigned i, unsigned v, struct buf *ret)
{
	uint8_t fill, *to;
	size_t len = value_len(table, i, v, &fill);
	buf_clear(ret);
	to = buf_extend(ret, len);
	assert_non_null(to);
	memset(to, fill, len);
	to[0] = (uint8_t)table;
	to[1] = (uint8_t)i;
	to[2] = (uint8_t)v;
}

/* value_is: is it what value_of gives? */
static bool value_is(unsigned table, unsigned i, unsigned v, struct span value)
{
	const uint8_t *b = value.p;
	uint8_t fill;
	return value.len == value_len(table, i, v, &fill) && b[0] == (uint8_t)table && b[1] == (uint8_t)i &&
	       b[2] == (uint8_t)v && b[3] == fill && !memcmp(b + 3, b + 4, value.len - 4);
}

/* version_at: after step `s`, from 1 on; 0: the key is not there. */
static unsigned version_at(unsigned table, unsigned i, unsigned s)
{
	unsigned v = 0;
	for (unsigned n = 1; n <= s; n++) {
		uint64_t h = mix(n * 77777u + table * 333u + i);
		if (n == 1 || h % (n > STEPS - 2 ? 15 : 3) == 0)
			v = h % 5 == 0 ? 0 : n;
	}
	return v;
}

/* All of this worked out, once. */
static struct model {
	struct key_name names[MAP_TABLES][KEYS + SPARE];
	uint8_t at[MAP_TABLES][KEYS][STEPS + 1];
	unsigned expected[MAP_TABLES]; /* keys that are there in the end */
} model;

static void model_make(void)
{
	for (unsigned t = 0; t < MAP_TABLES; t++)
		for (unsigned i = 0; i < KEYS + SPARE; i++) {
			key_name(t, i, &model.names[t][i]);
			for (unsigned s = 0; i < KEYS && s <= STEPS; s++)
				model.at[t][i][s] = (uint8_t)version_at(t, i, s);
			model.expected[t] += i < KEYS && model.at[t][i][STEPS];
		}
}

static void step(struct map *m, unsigned s)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf v = BUF_INIT;
	for (enum map_table t = 0; t < MAP_TABLES; t++)
		for (unsigned i = 0; i < KEYS; i++) {
			const struct span k = model.names[t][i].s;
			unsigned now = model.at[t][i][s], before = s ? model.at[t][i][s - 1] : 0;
			if (now == before)
				continue;
			value_of(t, i, now, &v);
			if (now)
				batch_put(b, t, k, buf_span(&v));
			else
				batch_del(b, t, k);
		}
	assert_int_equal(map_apply(m, b), ERR_OK);
}

/* --- images: what is on the disk of a locked vault, and after a crash --- */

/* A file of the map, mapped here as well. */
struct on_disk {
	int fd;
	uint8_t *at;
};
struct vaults {
	struct place p;
	struct vault v[2];
	struct on_disk data, log;
};

static void place_small(struct place *p)
{
	place_make(p, DISK);
	p->config.reserve = p->config.memtable_max = 64u << 10;
	p->config.size_max = 16u << 20;
	p->config.commit_ms = 60000;
}

static struct image data_of(const struct place *p)
{
	struct image m = read_file(p->dir, "data.mdb", SIZE_MAX);
	m.len = MIN(m.len, image_used(&m));
	return m;
}

static void vaults_make(struct vaults *all)
{
	place_small(&all->p);
	struct map *m = place_open(&all->p);
	for (unsigned s = 1; s <= STEPS; s++) {
		step(m, s);
		assert_int_equal(s <= STEPS - 2 ? map_commit(m) : map_sync(m), ERR_OK);
		if (s == STEPS - 3)
			all->v[0].older = data_of(&all->p);
		if (s == STEPS - 4)
			all->v[1].older = data_of(&all->p);
	}
	all->v[1].data = data_of(&all->p);
	all->v[1].log = read_file(all->p.dir, "log", LOG_KEPT);
	assert_int_equal(get(&all->v[1].log, LOG_KEPT - 4096, 8), 0); /* all of it fits */
	assert_true(get(&all->v[1].log, 0, 8) != 0);
	all->v[1].crashed = true;
	assert_int_equal(map_close(m), ERR_OK);
	all->v[0].data = data_of(&all->p);
	all->v[0].log = read_file(all->p.dir, "log", LOG_KEPT);
}

static void vaults_free(struct vaults *all)
{
	for (size_t i = 0; i < ARRAY_LEN(all->v); i++) {
		image_free(&all->v[i].data);
		image_free(&all->v[i].older);
		image_free(&all->v[i].log);
	}
	place_remove(&all->p);
}

/* --- judging --- */

struct tally {
	uint64_t refused, later, wrong_value, same, earlier;
};
struct look {
	unsigned table, seen, damaged, older;
	bool worked; /* after the work: its values, too */
};

#define WORK_VERSION 99 /* of what the work writes */

/* known: does version `v` of the key exist, in the model or by the work? */
static bool known(const struct look *l, unsigned i, unsigned v)
{
	if (v == WORK_VERSION)
		return l->worked;
	return v && i < KEYS && memchr(model.at[l->table][i] + 1, (int)v, STEPS);
}

static int judge_value(struct look *l, struct span key, struct span value)
{
	const uint8_t *b = value.p;
	unsigned i = value.len > 2 ? b[1] : KEYS + SPARE, v = value.len > 2 ? b[2] : 0;
	bool good = i < KEYS + SPARE && span_cmp(model.names[l->table][i].s, key) == 0 && known(l, i, v) &&
	            value_is(l->table, i, v, value);
	if (!good && l->table == MAP_BLOCK) { /* ciphertext already: who reads it authenticates it */
		l->damaged++;
		return 0;
	}
	assert_true(good);
	l->seen++;
	l->older += v != WORK_VERSION && v != model.at[l->table][i][STEPS];
	return 0;
}

static int on_value(void *ctx, struct span key, struct span value)
{
	struct look *l = ctx;
	if (value.p)
		return judge_value(l, key, value);
	l->damaged++;
	return 0;
}

/* look_at: every value of every table, by scanning. What may not be lost is all there, or said to be damaged. */
static void look_at(struct map *m, enum loss loss, struct look *sum)
{
	for (enum map_table t = 0; t < MAP_TABLES; t++) {
		struct look l = { .table = t };
		err_t e = map_scan(m, t, SPAN(NULL, 0), SPAN(NULL, 0), on_value, &l);
		assert_true(e == ERR_OK || e == ERR_DAMAGED || e == ERR_IO);
		if (loss == LOSES_NOTHING) {
			assert_int_equal(l.older, 0);
			assert_true(e || l.seen + l.damaged >= model.expected[t]);
		}
		sum->damaged += l.damaged + (e != ERR_OK);
		sum->older += l.older + (l.seen + l.damaged < model.expected[t]);
	}
}

/* work: ERR_IO: the run of a block was not as it was when it was to be freed, which the committer may find first. Gets,
 * puts in place of what is there and beside it, deletes; all tables; commits between. */
static err_t work(struct map *m, uint64_t *seed)
{
	err_t e = ERR_OK;
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf v = BUF_INIT;
	for (int round = 0; !e && round < 2; round++) {
		for (enum map_table t = 0; t < MAP_TABLES; t++)
			for (unsigned n = 0; n < 6; n++) {
				unsigned i = (unsigned)(rnd(seed) % (KEYS + SPARE));
				const struct span k = model.names[t][i].s;
				err_t got = map_get(m, t, k, &v);
				assert_true(got == ERR_OK || got == ERR_NOTFOUND || got == ERR_DAMAGED ||
				            got == ERR_IO);
				value_of(t, i, WORK_VERSION, &v);
				if (n % 3 == 2)
					batch_del(b, t, k);
				else
					batch_put(b, t, k, buf_span(&v));
			}
		e = map_apply(m, b);
		if (!e)
			e = round ? map_commit(m) : map_sync(m);
	}
	return e;
}

static int on_worked(void *ctx, struct span key, struct span value)
{
	struct look *l = ctx;
	return value.p ? judge_value(l, key, value) : 0;
}

/* again: opened once more after the work, all is what was there or what was written. */
static void again(struct place *p)
{
	struct map *m = place_open(p);
	for (enum map_table t = 0; t < MAP_TABLES; t++) {
		struct look l = { .table = t, .worked = true };
		assert_int_equal(map_scan(m, t, SPAN(NULL, 0), SPAN(NULL, 0), on_worked, &l), ERR_OK);
	}
	assert_int_equal(map_close(m), ERR_OK);
}

/* --- one mutation --- */

static void disk_open(const struct place *p, const char *name, struct on_disk *ret)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	ret->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(ret->fd >= 0);
	ret->at = mmap(NULL, p->config.size_max, PROT_READ | PROT_WRITE, MAP_SHARED, ret->fd, 0);
	assert_true(ret->at != MAP_FAILED);
}

static void disk_close(const struct place *p, struct on_disk *d)
{
	assert_int_equal(munmap(d->at, p->config.size_max), 0);
	close(d->fd);
}

/* disk_put: makes the file what the image is, page by page where it is not. Gives it as an image to be mutated. */
static struct image disk_put(struct on_disk *d, const struct image *m)
{
	assert_int_equal(ftruncate(d->fd, (off_t)m->len), 0);
	for (size_t at = 0; at < m->len; at += 4096) {
		size_t n = MIN(m->len - at, 4096u);
		if (memcmp(d->at + at, m->b + at, n))
			memcpy(d->at + at, m->b + at, n);
	}
	return (struct image){ d->at, m->len, m->map_size };
}

static struct map *opened(struct place *p)
{
	struct map *m = NULL;
	struct why why = { 0 };
	err_t e = map_open(&p->config, &m, &why);
	if (!e)
		return m;
	assert_null(m);
	assert_true(e == ERR_DAMAGED || e == ERR_WRONGKEY || e == ERR_VERSION || e == ERR_IO || e == ERR_NOSPACE);
	assert_true(why.text[0] && !strchr(why.text, '\n'));
	return NULL;
}

/* rebuilt: without the files that were refused the map is made anew, and works. */
static void rebuilt(struct place *p, uint64_t *seed)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/data.mdb", p->dir);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/log", p->dir);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(truncate(path, LOG_KEPT), 0);
	struct map *m = place_open(p);
	assert_int_equal(work(m, seed), ERR_OK);
	assert_int_equal(map_close(m), ERR_OK);
	again(p);
}

static void one(struct vaults *all, uint64_t number, struct tally *t)
{
	uint64_t seed = mix(number) | 1;
	struct mutant x = { .seed = &seed };
	x.from = &all->v[pick(&x, 2)];
	x.m = disk_put(&all->data, &x.from->data);
	x.log = disk_put(&all->log, &x.from->log);
	mutate(&x);
	size_t grown = pick(&x, 8) ? 0 : 4096 * pick(&x, 300), log_grown = pick(&x, 50) ? 0 : 4096 * pick(&x, 30000);
	assert_int_equal(ftruncate(all->data.fd, (off_t)(x.m.len + grown)), 0);
	assert_int_equal(ftruncate(all->log.fd, (off_t)(x.log.len + log_grown)), 0);
	struct map *m = opened(&all->p);
	if (!m) {
		t->refused++;
		if (number % 32)
			return;
		rebuilt(&all->p, &seed);
		disk_close(&all->p, &all->data); /* there is another file of that name */
		disk_open(&all->p, "data.mdb", &all->data);
		return;
	}
	struct look sum = { 0 };
	look_at(m, x.loss, &sum);
	err_t e = work(m, &seed);
	assert_true(e == ERR_OK || e == ERR_IO);
	assert_int_equal(map_close(m), e);
	if (e) {
		t->later++;
		return;
	}
	again(&all->p);
	t->wrong_value += sum.damaged != 0;
	t->earlier += !sum.damaged && sum.older;
	t->same += !sum.damaged && !sum.older;
}

/* --- the run --- */

static char at_work[64]; /* what is said when it dies or hangs */

static void say_where(int sig)
{
	ssize_t n = write(STDERR_FILENO, at_work, strlen(at_work));
	(void)n;
	signal(sig, SIG_DFL);
	raise(sig);
}

void __asan_on_error(void);
void __asan_on_error(void)
{
	ssize_t n = write(STDERR_FILENO, at_work, strlen(at_work));
	(void)n;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void mutations_are_refused_or_harmless(void **state)
{
	(void)state;
	uint64_t n = number_of("MUTATIONS", 1500), first = number_of("SEED", 1);
	struct vaults all = { 0 };
	struct tally t = { 0 };
	const struct itimerval limit = { .it_value = { .tv_sec = SECONDS } };
	model_make();
	vaults_make(&all);
	disk_open(&all.p, "data.mdb", &all.data);
	disk_open(&all.p, "log", &all.log);
	signal(SIGPROF, say_where);
	signal(SIGABRT, say_where);
	for (uint64_t i = 0; i < n; i++) {
		snprintf(at_work, sizeof(at_work), "\nmutation with SEED=%" PRIu64 "\n", first + i);
		assert_int_equal(setitimer(ITIMER_PROF, &limit, NULL), 0);
		one(&all, first + i, &t);
	}
	at_work[0] = 0;
	assert_int_equal(setitimer(ITIMER_PROF, &(struct itimerval){ { 0 }, { 0 } }, NULL), 0);
	print_message("%" PRIu64 " mutations from seed %" PRIu64 ": %" PRIu64 " refused at the opening, %" PRIu64
	              " when a block was to be freed, %" PRIu64 " with a value that does not authenticate, %" PRIu64
	              " with an earlier value, %" PRIu64 " changed nothing\n",
	              n, first, t.refused, t.later, t.wrong_value, t.earlier, t.same);
	disk_close(&all.p, &all.data);
	disk_close(&all.p, &all.log);
	vaults_free(&all);
}

static int say_if_failed(void **state)
{
	(void)state;
	if (at_work[0])
		print_error("%s", at_work + 1);
	return 0;
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), open("/dev/null", O_WRONLY | O_CLOEXEC));
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(mutations_are_refused_or_harmless, say_if_failed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
