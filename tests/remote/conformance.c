/* SPDX-License-Identifier: MIT
 * What every store must do, run against any of them. An empty place is needed; it is left empty.
 *   conformance suite URL [KEY=VALUE ...]        every check; exit 0 when all pass
 *   conformance expect OP ERROR URL [KEY=VALUE]  one call (check create put get list) must end like that (OK, NOSTORE
 * ...) conformance steady SECONDS URL [KEY=VALUE]   puts and gets through all layers that must all succeed in the end
 * Keys: endpoint region addressing ca user pass-file connections timeout-ms layers=1 skew (s3: seconds)
 * object (number of the one that expect uses).
 */
#include "remote/open.h"
#include "remote/backends/dav.h"
#include "remote/backends/dir.h"
#include "remote/backends/mem.h"
#include "remote/backends/s3.h"

#include "util/cleanup.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define MIB (1u << 20)
#define LOTS 64

struct setup {
	struct store_config config;
	bool layers;
	long skew;
	unsigned object; /* expect: which one */
	unsigned failed;
};
static const char *const error_names[ERR_COUNT_] = {
	[ERR_OK] = "OK",           [ERR_NOTFOUND] = "NOTFOUND",
	[ERR_NOMEM] = "NOMEM",     [ERR_IO] = "IO",
	[ERR_NOSPACE] = "NOSPACE", [ERR_INVAL] = "INVAL",
	[ERR_CRYPTO] = "CRYPTO",   [ERR_DAMAGED] = "DAMAGED",
	[ERR_VERSION] = "VERSION", [ERR_WRONGKEY] = "WRONGKEY",
	[ERR_LIMIT] = "LIMIT",     [ERR_EXISTS] = "EXISTS",
	[ERR_BUSY] = "BUSY",       [ERR_NET] = "NET",
	[ERR_TIMEOUT] = "TIMEOUT", [ERR_DENIED] = "DENIED",
	[ERR_CLOCK] = "CLOCK",     [ERR_STOREFULL] = "STOREFULL",
	[ERR_TLS] = "TLS",         [ERR_NOSTORE] = "NOSTORE",
	[ERR_RACE] = "RACE",       [ERR_CANCELED] = "CANCELED",
	[ERR_FORK] = "FORK",
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct store *open_store(const struct setup *s, struct why *why)
{
	struct store *ret = NULL;
	const struct store_config *c = &s->config;
	err_t e;
	if (!strcmp(c->url, "mem:"))
		return store_mem_new();
	if (s->layers)
		e = store_open(c, &ret, why);
	else if (!strncmp(c->url, "s3:", 3))
		e = store_s3_open(c, &ret, why);
	else if (!strncmp(c->url, "http", 4))
		e = store_dav_open(c, &ret, why);
	else
		e = store_dir_open(c->url, &ret, why);
	if (e)
		why_set(why, e, "cannot open: %s", err_text(e));
	else if (s->skew)
		s3_skew(ret, s->skew);
	return ret;
}

static void name_of(unsigned i, char out[33])
{
	snprintf(out, 33, "%02x%030x", i * 37 % 256, i);
}

static void fill(struct buf *b, size_t n, unsigned seed)
{
	uint32_t x = seed * 2654435761u + 1;
	buf_clear(b);
	uint8_t *p = buf_extend(b, n);
	for (size_t i = 0; p && i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (uint8_t)(x >> 24);
	}
}

/* --- checks: NULL is success, otherwise what went wrong --- */

#define MUST(expression)                                                                                               \
	do {                                                                                                           \
		if (!(expression))                                                                                     \
			return #expression;                                                                            \
	} while (0)
#define ENDS(call, error)                                                                                              \
	do {                                                                                                           \
		err_t got_ = (call);                                                                                   \
		if (got_ != (error)) {                                                                                 \
			fprintf(stderr, "    %s ended with %s\n", #call, error_names[got_]);                           \
			return #call " must end with " #error;                                                         \
		}                                                                                                      \
	} while (0)

static bool same(const struct buf *got, const uint8_t *p, size_t n)
{
	return got->len == n && (!n || !memcmp(got->p, p, n));
}

static const char *the_place_is_there(struct store *s)
{
	struct why why = { "" };
	ENDS(s->ops->check(s, true, &why), ERR_OK);
	ENDS(s->ops->check(s, false, &why), ERR_OK);
	return NULL;
}

static const char *absent_objects_are_not_found(struct store *s)
{
	char name[33];
	name_of(1, name);
	ENDS(store_get_sync(s, name, 0, 0, 0, NULL), ERR_NOTFOUND);
	ENDS(store_get_sync(s, name, 5, 10, 0, NULL), ERR_NOTFOUND);
	ENDS(store_get_sync(s, STORE_HEADER, 0, 0, 0, NULL), ERR_NOTFOUND);
	ENDS(store_del_sync(s, name), ERR_OK);
	return NULL;
}

static const char *what_was_put_comes_back(struct store *s)
{
	static const size_t sizes[] = { 0, 1, 100, 4096, 65537, 300000, 1024 * 1024 + 1 };
	cleanup(buf_free) struct buf body = BUF_INIT;
	for (unsigned i = 0; i < ARRAY_LEN(sizes); i++) {
		cleanup(buf_free) struct buf got = BUF_INIT;
		char name[33];
		name_of(i, name);
		fill(&body, sizes[i], i);
		ENDS(store_put_sync(s, name, buf_span(&body)), ERR_OK);
		ENDS(store_get_sync(s, name, 0, 0, 0, &got), ERR_OK);
		MUST(same(&got, body.p, body.len));
	}
	return NULL;
}

static const char *the_header_has_a_place_of_its_own(struct store *s)
{
	cleanup(buf_free) struct buf got = BUF_INIT;
	ENDS(store_put_sync(s, STORE_HEADER, span_str("one")), ERR_OK);
	ENDS(store_put_sync(s, STORE_HEADER, span_str("second")), ERR_OK);
	ENDS(store_get_sync(s, STORE_HEADER, 0, 0, 0, &got), ERR_OK);
	MUST(same(&got, (const uint8_t *)"second", 6));
	return NULL;
}

static const char *overwriting_replaces_all_of_it(struct store *s)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	cleanup(buf_free) struct buf got = BUF_INIT;
	char name[33];
	name_of(20, name);
	fill(&body, 100000, 1);
	ENDS(store_put_sync(s, name, buf_span(&body)), ERR_OK);
	fill(&body, 10, 2);
	ENDS(store_put_sync(s, name, buf_span(&body)), ERR_OK);
	ENDS(store_get_sync(s, name, 0, 0, 0, &got), ERR_OK);
	MUST(same(&got, body.p, body.len));
	ENDS(store_put_sync(s, name, SPAN("", 0)), ERR_OK);
	buf_clear(&got);
	ENDS(store_get_sync(s, name, 0, 0, 0, &got), ERR_OK);
	MUST(got.len == 0);
	return NULL;
}

static const char *deleted_objects_are_gone(struct store *s)
{
	char name[33];
	name_of(21, name);
	ENDS(store_put_sync(s, name, span_str("x")), ERR_OK);
	ENDS(store_del_sync(s, name), ERR_OK);
	ENDS(store_get_sync(s, name, 0, 0, 0, NULL), ERR_NOTFOUND);
	ENDS(store_del_sync(s, name), ERR_OK);
	return NULL;
}

static const char *ranges_are_exact(struct store *s)
{
	static const struct {
		uint64_t offset, length;
	} ranges[] = { { 0, 1 }, { 0, 200000 }, { 1, 1 }, { 12345, 54321 }, { 199999, 1 }, { 100000, 100000 } };
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[33];
	name_of(22, name);
	fill(&body, 200000, 3);
	ENDS(store_put_sync(s, name, buf_span(&body)), ERR_OK);
	for (unsigned i = 0; i < ARRAY_LEN(ranges); i++) {
		cleanup(buf_free) struct buf got = BUF_INIT;
		ENDS(store_get_sync(s, name, ranges[i].offset, ranges[i].length, 0, &got), ERR_OK);
		MUST(same(&got, body.p + ranges[i].offset, ranges[i].length));
	}
	return NULL;
}

static const char *ranges_past_the_end_are_damage(struct store *s)
{
	cleanup(buf_free) struct buf got = BUF_INIT;
	char name[33];
	name_of(22, name);
	ENDS(store_get_sync(s, name, 199999, 2, 0, &got), ERR_DAMAGED);
	ENDS(store_get_sync(s, name, 200000, 1, 0, &got), ERR_DAMAGED);
	ENDS(store_get_sync(s, name, UINT64_C(1) << 40, 1, 0, &got), ERR_DAMAGED);
	MUST(got.len == 0);
	return NULL;
}

static const char *limits_are_kept(struct store *s)
{
	cleanup(buf_free) struct buf got = BUF_INIT;
	char name[33];
	name_of(22, name);
	ENDS(store_get_sync(s, name, 0, 0, 199999, &got), ERR_LIMIT);
	MUST(got.len == 0);
	ENDS(store_get_sync(s, name, 0, 0, 1, &got), ERR_LIMIT);
	ENDS(store_get_sync(s, name, 0, 1001, 1000, &got), ERR_LIMIT);
	ENDS(store_get_sync(s, name, 0, 0, 200000, &got), ERR_OK);
	MUST(got.len == 200000);
	return NULL;
}

static const char *names_that_are_none_are_refused(struct store *s)
{
	static const char *const names[] = { "",
		                             "x",
		                             "../../../../../../../../etc/passwd1",
		                             "00112233445566778899AABBCCDDEEFF",
		                             "00112233445566778899aabbccddeeff0",
		                             "00112233445566778899aabbccddee/f" };
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		ENDS(store_put_sync(s, names[i], span_str("x")), ERR_INVAL);
		ENDS(store_get_sync(s, names[i], 0, 0, 0, NULL), ERR_INVAL);
		ENDS(store_del_sync(s, names[i]), ERR_INVAL);
	}
	return NULL;
}

static const char *sixteen_mebibytes_fit(struct store *s)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	cleanup(buf_free) struct buf got = BUF_INIT;
	char name[33];
	name_of(23, name);
	fill(&body, 16 * MIB, 4);
	ENDS(store_put_sync(s, name, buf_span(&body)), ERR_OK);
	ENDS(store_get_sync(s, name, 0, 0, 0, &got), ERR_OK);
	MUST(same(&got, body.p, body.len));
	buf_clear(&got);
	ENDS(store_get_sync(s, name, 15 * MIB, MIB, 0, &got), ERR_OK);
	MUST(same(&got, body.p + 15 * MIB, MIB));
	return NULL;
}

struct many {
	atomic_uint done, failed, canceled, order;
	unsigned reader_order;
};
struct one {
	struct many *many;
	unsigned n;
	bool get, reader;
	struct buf body;
};

static void on_one(void *ctx, err_t e, struct buf *body)
{
	struct one *o = ctx;
	struct many *m = o->many;
	unsigned order = atomic_fetch_add(&m->order, 1);
	if (o->reader)
		m->reader_order = order;
	bool bad = e != ERR_OK || (o->get && !same(body, o->body.p, o->body.len));
	if (e == ERR_CANCELED)
		atomic_fetch_add(&m->canceled, 1);
	else if (bad)
		atomic_fetch_add(&m->failed, 1);
	atomic_fetch_add(&m->done, 1);
}

static void start(struct store *s, struct one *o, enum store_urgency urgency)
{
	char name[33];
	name_of(100 + o->n, name);
	struct store_request r = { .name = name, .urgency = urgency, .done = on_one, .ctx = o };
	if (o->get) {
		s->ops->get(s, &r);
		return;
	}
	r.body = buf_span(&o->body);
	s->ops->put(s, &r);
}

static bool await(struct many *m, unsigned n)
{
	int64_t until = now_ms() + 30000;
	while (atomic_load(&m->done) < n && now_ms() < until)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	return atomic_load(&m->done) >= n;
}

static const char *sixty_four_at_once(struct store *s)
{
	static struct one ones[LOTS];
	const char *wrong = NULL;
	for (int get = 0; get < 2 && !wrong; get++) {
		struct many m = { 0 };
		for (unsigned i = 0; i < LOTS; i++) {
			ones[i] = (struct one){ &m, i, get, false, ones[i].body };
			fill(&ones[i].body, 1000 + i * 3000, i);
			start(s, &ones[i], i % 3);
		}
		if (!await(&m, LOTS))
			return "not all were answered"; /* and some may still be: nothing is freed */
		wrong = m.failed || m.canceled ? "some failed" : NULL;
	}
	for (unsigned i = 0; i < LOTS; i++)
		buf_free(&ones[i].body);
	return wrong;
}

/* reader_behind: LOTS bulk requests, then a reader. *ret_waiting: how many of them were not answered yet when it was
 * submitted (a store that hashes on the caller's thread may have answered many by then); *ret_passed: how many of those
 * were answered before it. */
static const char *reader_behind(struct store *s, struct one ones[LOTS + 1], unsigned *ret_waiting,
                                 unsigned *ret_passed)
{
	struct many m = { 0 };
	for (unsigned i = 0; i <= LOTS; i++)
		ones[i].many = &m;
	for (unsigned i = 0; i < LOTS; i++)
		start(s, &ones[i], STORE_BULK);
	unsigned before = atomic_load(&m.order);
	start(s, &ones[LOTS], STORE_READER_WAITS);
	if (!await(&m, LOTS + 1))
		return "not all were answered";
	MUST(!m.failed && !m.canceled);
	*ret_waiting = LOTS - before;
	*ret_passed = m.reader_order - before;
	return NULL;
}

/* The order in which requests are answered is all that can be seen; where each waits its turn, the reader is the last.
 * With half of them answered before it came there is little to pass: then once more. */
static const char *a_waiting_reader_goes_first(struct store *s)
{
	static struct one ones[LOTS + 1];
	unsigned waiting = 0, passed = 0;
	for (unsigned i = 0; i <= LOTS; i++) {
		ones[i] = (struct one){ NULL, i, i == LOTS, i == LOTS, BUF_INIT };
		fill(&ones[i].body, i == LOTS ? 10 : MIB / 2, i);
	}
	char name[33];
	name_of(100 + LOTS, name);
	ENDS(store_put_sync(s, name, buf_span(&ones[LOTS].body)), ERR_OK);
	for (int round = 0; round < 20 && waiting < LOTS / 2; round++) {
		const char *wrong = reader_behind(s, ones, &waiting, &passed);
		if (wrong)
			return wrong;
	}
	for (unsigned i = 0; i <= LOTS; i++)
		buf_free(&ones[i].body);
	MUST(waiting >= LOTS / 2);
	MUST(passed < waiting / 2);
	return NULL;
}

struct listing {
	unsigned objects, wrong;
	uint64_t bytes;
	bool header;
};

static enum store_list_next on_listed(void *ctx, const char *name, uint64_t size)
{
	struct listing *l = ctx;
	l->objects++;
	l->bytes += size;
	l->header = l->header || !strcmp(name, STORE_HEADER);
	l->wrong += strcmp(name, STORE_HEADER) && strlen(name) != 32;
	return STORE_LIST_NEXT;
}

static enum store_list_next stop_at_once(void *ctx, const char *name, uint64_t size)
{
	(void)name, (void)size;
	++*(unsigned *)ctx;
	return STORE_LIST_STOP;
}

/* The objects of the checks before: 7 sizes, header, 3 single ones of which one is deleted, and LOTS + 1. */
static const char *the_list_is_complete(struct store *s)
{
	struct listing l = { 0 };
	unsigned seen = 0;
	uint64_t bytes =
	        0 + 1 + 100 + 4096 + 65537 + 300000 + MIB + 1 + 6 + 0 + 200000 + 16 * MIB + LOTS * (MIB / 2) + 10;
	ENDS(s->ops->list(s, on_listed, &l), ERR_OK);
	MUST(l.objects == 7 + 1 + 3 + LOTS + 1);
	MUST(l.bytes == bytes);
	MUST(l.header && !l.wrong);
	ENDS(s->ops->list(s, stop_at_once, &seen), ERR_OK);
	MUST(seen == 1);
	return NULL;
}

static const char *many_pages_are_one_list(struct store *s)
{
	struct listing l = { 0 };
	s3_page_size(s, 7);
	ENDS(s->ops->list(s, on_listed, &l), ERR_OK);
	MUST(l.objects == 7 + 1 + 3 + LOTS + 1);
	s3_page_size(s, 1000);
	return NULL;
}

static enum store_list_next on_cleanup(void *ctx, const char *name, uint64_t size)
{
	(void)size;
	buf_put(ctx, name, strlen(name) + 1);
	return STORE_LIST_NEXT;
}

static const char *everything_can_be_deleted(struct store *s)
{
	cleanup(buf_free) struct buf names = BUF_INIT;
	struct listing l = { 0 };
	ENDS(s->ops->list(s, on_cleanup, &names), ERR_OK);
	for (size_t at = 0; at < names.len; at += strlen((char *)names.p + at) + 1)
		ENDS(store_del_sync(s, (char *)names.p + at), ERR_OK);
	ENDS(s->ops->list(s, on_listed, &l), ERR_OK);
	MUST(l.objects == 0);
	return NULL;
}

/* ... and a server may finish them even later. */
static const char *cancelled_puts_may_have_happened(struct store *s)
{
	const char *wrong = "";
	for (int i = 0; i < 20 && wrong; i++) {
		wrong = everything_can_be_deleted(s);
		if (wrong)
			nanosleep(&(struct timespec){ 0, 100 * 1000000 }, NULL);
	}
	return wrong;
}

static const char *shutdown_answers_what_is_in_flight(struct store *s)
{
	static struct one ones[LOTS];
	struct many m = { 0 };
	for (unsigned i = 0; i < LOTS; i++) {
		ones[i] = (struct one){ &m, i, false, false, BUF_INIT };
		fill(&ones[i].body, MIB, i);
	}
	for (unsigned i = 0; i < LOTS; i++)
		start(s, &ones[i], i % 3);
	int64_t before = now_ms();
	s->ops->shutdown(s);
	MUST(now_ms() - before < 5000);
	MUST(atomic_load(&m.done) == LOTS);
	MUST(!m.failed && m.canceled);
	for (unsigned i = 0; i < LOTS; i++)
		buf_free(&ones[i].body);
	return NULL;
}

static const char *after_shutdown_all_is_canceled(struct store *s)
{
	struct why why = { "" };
	ENDS(store_get_sync(s, STORE_HEADER, 0, 0, 0, NULL), ERR_CANCELED);
	ENDS(store_put_sync(s, STORE_HEADER, span_str("x")), ERR_CANCELED);
	ENDS(s->ops->list(s, stop_at_once, &(unsigned){ 0 }), ERR_CANCELED);
	ENDS(s->ops->check(s, false, &why), ERR_CANCELED);
	return NULL;
}

/* --- the three commands --- */

static void check(struct setup *t, struct store *s, const char *name, const char *(*fn)(struct store *))
{
	int64_t before = now_ms();
	const char *wrong = fn(s);
	if (wrong) {
		printf("not ok - %s: %s\n", name, wrong);
		t->failed++;
		return;
	}
	printf("ok - %s (%lld ms)\n", name, (long long)(now_ms() - before));
}

#define CHECK(t, s, fn) check(t, s, #fn, fn)

static int suite(struct setup *t)
{
	struct why why = { "" };
	struct store *s = open_store(t, &why);
	if (!s) {
		printf("not ok - open: %s\n", why.text);
		return 1;
	}
	CHECK(t, s, the_place_is_there);
	CHECK(t, s, absent_objects_are_not_found);
	CHECK(t, s, what_was_put_comes_back);
	CHECK(t, s, the_header_has_a_place_of_its_own);
	CHECK(t, s, overwriting_replaces_all_of_it);
	CHECK(t, s, deleted_objects_are_gone);
	CHECK(t, s, ranges_are_exact);
	CHECK(t, s, ranges_past_the_end_are_damage);
	CHECK(t, s, limits_are_kept);
	CHECK(t, s, names_that_are_none_are_refused);
	CHECK(t, s, sixteen_mebibytes_fit);
	CHECK(t, s, sixty_four_at_once);
	CHECK(t, s, a_waiting_reader_goes_first);
	CHECK(t, s, the_list_is_complete);
	if (!strncmp(t->config.url, "s3:", 3) && !t->layers)
		CHECK(t, s, many_pages_are_one_list);
	CHECK(t, s, everything_can_be_deleted);
	CHECK(t, s, shutdown_answers_what_is_in_flight);
	CHECK(t, s, after_shutdown_all_is_canceled);
	store_close(s);
	s = open_store(t, &why);
	if (s)
		CHECK(t, s, cancelled_puts_may_have_happened);
	store_close(s);
	return t->failed != 0;
}

struct answered {
	err_t e;
	atomic_bool done;
};

static void on_answer(void *ctx, err_t e, struct buf *body)
{
	struct answered *a = ctx;
	(void)body;
	a->e = e;
	atomic_store(&a->done, true);
}

static err_t one_call(struct store *s, const char *op, unsigned object, struct why *why)
{
	char name[33];
	struct store_answer words = { "" };
	struct answered a = { 0 };
	struct store_request r = { .name = name, .done = on_answer, .ctx = &a, .answer = &words };
	cleanup(buf_free) struct buf body = BUF_INIT;
	if (!strcmp(op, "check") || !strcmp(op, "create"))
		return s->ops->check(s, op[1] == 'r', why);
	if (!strcmp(op, "list"))
		return s->ops->list(s, on_listed, &(struct listing){ 0 });
	name_of(object, name);
	fill(&body, 2 * MIB, 1);
	r.body = buf_span(&body);
	(*op == 'p' ? s->ops->put : s->ops->get)(s, &r);
	while (!atomic_load(&a.done))
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	snprintf(why->text, sizeof(why->text), "%s", words.text);
	return a.e;
}

static int expect(const struct setup *t, const char *op, const char *error)
{
	struct why why = { "" };
	struct store *s = open_store(t, &why);
	err_t e = s ? one_call(s, op, t->object, &why) : ERR_INVAL;
	if (!s) /* refused at opening: the sentence says why */
		e = strstr(why.text, "http://") ? ERR_INVAL : strstr(why.text, "certificates") ? ERR_TLS : ERR_DENIED;
	store_close(s);
	bool words = e == ERR_OK || e == ERR_NOTFOUND || !strcmp(op, "list") || *why.text;
	bool ok = !strcmp(error_names[e], error) && words;
	printf("%s - %s ends with %s: %s\n", ok ? "ok" : "not ok", op, error_names[e], why.text);
	return !ok;
}

static int steady(const struct setup *t, int seconds)
{
	struct why why = { "" };
	struct setup layered = *t;
	layered.layers = true;
	struct store *s = open_store(&layered, &why);
	int64_t until = now_ms() + seconds * 1000, latest = until + 60000; /* a server may take its time to start */
	unsigned done = 0, failed = 0;
	cleanup(buf_free) struct buf body = BUF_INIT;
	while (s && now_ms() < (done <= 20 ? latest : until)) {
		cleanup(buf_free) struct buf got = BUF_INIT;
		char name[33];
		name_of(done % 50, name);
		fill(&body, 5000, done);
		bool ok = false;
		while (!ok && now_ms() < latest) { /* as a caller of the layers does: later is fine, wrong is not */
			err_t e = store_put_sync(s, name, buf_span(&body));
			if (!e)
				e = store_get_sync(s, name, 0, 0, 0, &got);
			ok = !e && same(&got, body.p, body.len);
			if (!e && !ok)
				break;
			if (e)
				nanosleep(&(struct timespec){ 0, 200 * 1000000 }, NULL);
		}
		failed += !ok;
		done++;
	}
	struct store_state st = { 0 };
	if (s)
		store_state_of(s, &st);
	store_close(s);
	bool ok = done > 20 && !failed && st.errors > 0 && st.online;
	printf("%s - %u rounds, %u failed, %llu errors on the way\n", ok ? "ok" : "not ok", done, failed,
	       (unsigned long long)st.errors);
	return !ok;
}

static bool option(struct setup *t, const char *arg)
{
	struct store_config *c = &t->config;
	const char *value = strchr(arg, '=');
	const struct {
		const char *key;
		const char **text;
	} texts[] = { { "endpoint=", &c->endpoint }, { "region=", &c->region }, { "addressing=", &c->addressing },
		      { "ca=", &c->ca_file },        { "user=", &c->user },     { "pass-file=", &c->pass_file },
		      { "profile=", &c->profile } };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!strncmp(arg, texts[i].key, strlen(texts[i].key))) {
			*texts[i].text = arg + strlen(texts[i].key);
			return true;
		}
	long number = value ? strtol(value + 1, NULL, 10) : 0;
	if (!strncmp(arg, "connections=", 12))
		c->connections = (unsigned)number;
	else if (!strncmp(arg, "timeout-ms=", 11))
		c->timeout_ms = (unsigned)number;
	else if (!strncmp(arg, "layers=", 7))
		t->layers = number != 0;
	else if (!strncmp(arg, "object=", 7))
		t->object = (unsigned)number;
	else if (!strncmp(arg, "skew=", 5))
		t->skew = number;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct setup t = { .config = { .max_wait_ms = 2000 } };
	int at = argc < 2                     ? argc
	         : !strcmp(argv[1], "suite")  ? 2
	         : !strcmp(argv[1], "steady") ? 3
	         : !strcmp(argv[1], "expect") ? 4
	                                      : argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	bool ok = at < argc;
	t.config.url = ok ? argv[at] : NULL;
	for (int i = at + 1; i < argc; i++)
		ok = option(&t, argv[i]) && ok;
	if (!ok) {
		fprintf(stderr, "usage: conformance suite|steady SECONDS|expect OP ERROR URL [KEY=VALUE ...]\n");
		return 2;
	}
	return at == 2 ? suite(&t) : at == 3 ? steady(&t, atoi(argv[2])) : expect(&t, argv[2], argv[3]);
}
