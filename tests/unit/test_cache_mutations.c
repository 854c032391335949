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
 * cache_mutations.
 */
#include "cache_mutants.h"

#include "util/log.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/time.h>

#define STEPS 6 /* versions of the records; the last two are in the log alone of the image of a crash */
#define KEYS 60 /* of each table */
#define SECONDS 10

static const enum map_table tables[] = { MAP_RECORDS, MAP_BLOCK, MAP_QUEUE, MAP_STATE };

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

/* value_of: of version `v`; its first bytes say whose it is. */
static void value_of(unsigned table, unsigned i, unsigned v, struct buf *ret)
{
	static const size_t lengths[] = { 20, 90, 300, 1400, 3000, 9000 };
	uint64_t h = mix(table * 1000003u + i * 101u + v);
	bool large = table == MAP_BLOCK || h % 9 == 0;
	size_t len = lengths[h % 3 + (large ? 3 : 0)];
	buf_clear(ret);
	uint8_t *to = buf_extend(ret, len);
	assert_non_null(to);
	memset(to, (int)(h >> 32), len);
	to[0] = (uint8_t)table;
	to[1] = (uint8_t)i;
	to[2] = (uint8_t)v;
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

static void step(struct map *m, unsigned s)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct key_name k;
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (unsigned i = 0; i < KEYS; i++) {
			unsigned now = version_at(tables[t], i, s), before = s ? version_at(tables[t], i, s - 1) : 0;
			if (now == before)
				continue;
			key_name(tables[t], i, &k);
			value_of(tables[t], i, now, &v);
			if (now)
				batch_put(b, tables[t], k.s, buf_span(&v));
			else
				batch_del(b, tables[t], k.s);
		}
	assert_int_equal(map_apply(m, b), ERR_OK);
}

/* --- images: what is on the disk of a locked vault, and after a crash --- */

struct vaults {
	struct place p;
	struct vault v[2];
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
	for (unsigned s = 1; s <= STEPS; s++)
		if (v && i < KEYS && version_at(l->table, i, s) == v)
			return true;
	return false;
}

static int judge_value(struct look *l, struct span key, struct span value)
{
	cleanup(buf_free) struct buf want = BUF_INIT;
	struct key_name k;
	const uint8_t *b = value.p;
	unsigned i = value.len > 2 ? b[1] : 0, v = value.len > 2 ? b[2] : 0;
	key_name(l->table, i, &k);
	bool good = span_cmp(k.s, key) == 0 && known(l, i, v);
	if (good) {
		value_of(l->table, i, v, &want);
		good = span_cmp(buf_span(&want), value) == 0;
	}
	if (!good && l->table == MAP_BLOCK) { /* ciphertext already: who reads it authenticates it */
		l->damaged++;
		return 0;
	}
	assert_true(good);
	l->seen++;
	l->older += v != WORK_VERSION && v != version_at(l->table, i, STEPS);
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

static unsigned expected(unsigned table)
{
	unsigned n = 0;
	for (unsigned i = 0; i < KEYS; i++)
		n += version_at(table, i, STEPS) != 0;
	return n;
}

/* look_at: every value of every table, by scanning. What may not be lost is all there, or said to be damaged. */
static void look_at(struct map *m, enum loss loss, struct look *sum)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		struct look l = { .table = tables[t] };
		err_t e = map_scan(m, tables[t], SPAN(NULL, 0), SPAN(NULL, 0), on_value, &l);
		assert_true(e == ERR_OK || e == ERR_DAMAGED || e == ERR_IO);
		if (loss == LOSES_NOTHING) {
			assert_int_equal(l.older, 0);
			assert_true(e || l.seen + l.damaged >= expected(tables[t]));
		}
		sum->damaged += l.damaged + (e != ERR_OK);
		sum->older += l.older + (l.seen + l.damaged < expected(tables[t]));
	}
}

/* work: ERR_IO: the run of a block was not as it was when it was to be freed. Gets, puts in place of what is there and
 * beside it, deletes; all tables; commits between. */
static err_t work(struct map *m, uint64_t *seed)
{
	err_t e = ERR_OK;
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct key_name k;
	for (int round = 0; !e && round < 2; round++) {
		for (size_t t = 0; t < ARRAY_LEN(tables); t++)
			for (unsigned n = 0; n < 6; n++) {
				unsigned i = (unsigned)(rnd(seed) % (KEYS + 4));
				key_name(tables[t], i, &k);
				err_t got = map_get(m, tables[t], k.s, &v);
				assert_true(got == ERR_OK || got == ERR_NOTFOUND || got == ERR_DAMAGED ||
				            got == ERR_IO);
				value_of(tables[t], i, WORK_VERSION, &v);
				if (n % 3 == 2)
					batch_del(b, tables[t], k.s);
				else
					batch_put(b, tables[t], k.s, buf_span(&v));
			}
		assert_int_equal(map_apply(m, b), ERR_OK);
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
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		struct look l = { .table = tables[t], .worked = true };
		assert_int_equal(map_scan(m, tables[t], SPAN(NULL, 0), SPAN(NULL, 0), on_worked, &l), ERR_OK);
	}
	assert_int_equal(map_close(m), ERR_OK);
}

/* --- one mutation --- */

static void file_put(const struct place *p, const char *name, const struct image *m, size_t grown)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, m->b, m->len, 0), m->len);
	if (grown)
		assert_int_equal(ftruncate(fd, (off_t)(m->len + grown)), 0);
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
	file_put(p, "log", &(struct image){ 0 }, LOG_KEPT);
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
	x.m = image_copy(&x.from->data);
	x.log = image_copy(&x.from->log);
	mutate(&x);
	file_put(&all->p, "data.mdb", &x.m, pick(&x, 8) ? 0 : 4096 * pick(&x, 300));
	file_put(&all->p, "log", &x.log, pick(&x, 50) ? 0 : 4096 * pick(&x, 30000));
	image_free(&x.m);
	image_free(&x.log);
	struct map *m = opened(&all->p);
	if (!m) {
		t->refused++;
		if (number % 32 == 0)
			rebuilt(&all->p, &seed);
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
	vaults_make(&all);
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
