/* SPDX-License-Identifier: MIT
 * What every store must do, a function for each; the commands that run them are in conformance.c.
 */
#include "tests/remote/conformance_checks.h"

#include "remote/backends/s3.h"
#include "remote/requests/sync_calls.h"

#include "util/cleanup.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define LOTS 64

const char *const error_names[ERR_COUNT_] = {
	[ERR_OK] = "OK",
	[ERR_NOTFOUND] = "NOTFOUND",
	[ERR_NOMEM] = "NOMEM",
	[ERR_IO] = "IO",
	[ERR_NOSPACE] = "NOSPACE",
	[ERR_INVAL] = "INVAL",
	[ERR_CRYPTO] = "CRYPTO",
	[ERR_DAMAGED] = "DAMAGED",
	[ERR_VERSION] = "VERSION",
	[ERR_WRONGKEY] = "WRONGKEY",
	[ERR_LIMIT] = "LIMIT",
	[ERR_EXISTS] = "EXISTS",
	[ERR_BUSY] = "BUSY",
	[ERR_NET] = "NET",
	[ERR_TIMEOUT] = "TIMEOUT",
	[ERR_DENIED] = "DENIED",
	[ERR_REFUSED] = "REFUSED",
	[ERR_CLOCK] = "CLOCK",
	[ERR_STOREFULL] = "STOREFULL",
	[ERR_TLS] = "TLS",
	[ERR_NOSTORE] = "NOSTORE",
	[ERR_CANCELED] = "CANCELED",
	[ERR_FORK] = "FORK",
};

int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void name_of(unsigned i, char out[33])
{
	snprintf(out, 33, "%02x%030x", i * 37 % 256, i);
}

void fill(struct buf *b, size_t n, unsigned seed)
{
	uint32_t x = seed * 2654435761u + 1;
	buf_clear(b);
	uint8_t *p = buf_extend(b, n);
	for (size_t i = 0; p && i < n; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (uint8_t)(x >> 24);
	}
}

bool same(const struct buf *got, const uint8_t *p, size_t n)
{
	return got->len == n && (!n || !memcmp(got->p, p, n));
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

static const char *the_place_is_there(struct store *s)
{
	struct why why = { "" };
	ENDS(s->ops->check(s, true, &why), ERR_OK);
	ENDS(s->ops->check(s, false, &why), ERR_OK);
	return NULL;
}

static const char *what_lies_there_is_seen(struct store *s)
{
	struct store_place place;
	struct why why = { "" };
	char name[33];
	name_of(3, name);
	ENDS(store_put_sync(s, name, SPAN("x", 1)), ERR_OK);
	ENDS(s->ops->look(s, &place, &why), ERR_OK);
	MUST(place.state == STORE_PLACE_TAKEN && place.objects && place.first[0]);
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

#define CHECK(fn, when)                                                                                                \
	{                                                                                                              \
#fn, fn, when                                                                                          \
	}
const struct check checks[] = {
	CHECK(the_place_is_there, CHECK_ALWAYS),
	CHECK(absent_objects_are_not_found, CHECK_ALWAYS),
	CHECK(what_lies_there_is_seen, CHECK_ALWAYS),
	CHECK(what_was_put_comes_back, CHECK_ALWAYS),
	CHECK(the_header_has_a_place_of_its_own, CHECK_ALWAYS),
	CHECK(overwriting_replaces_all_of_it, CHECK_ALWAYS),
	CHECK(deleted_objects_are_gone, CHECK_ALWAYS),
	CHECK(ranges_are_exact, CHECK_ALWAYS),
	CHECK(ranges_past_the_end_are_damage, CHECK_ALWAYS),
	CHECK(limits_are_kept, CHECK_ALWAYS),
	CHECK(names_that_are_none_are_refused, CHECK_ALWAYS),
	CHECK(sixteen_mebibytes_fit, CHECK_ALWAYS),
	CHECK(sixty_four_at_once, CHECK_ALWAYS),
	CHECK(a_waiting_reader_goes_first, CHECK_ALWAYS),
	CHECK(the_list_is_complete, CHECK_ALWAYS),
	CHECK(many_pages_are_one_list, CHECK_PAGES),
	CHECK(everything_can_be_deleted, CHECK_ALWAYS),
	CHECK(shutdown_answers_what_is_in_flight, CHECK_ALWAYS),
	CHECK(after_shutdown_all_is_canceled, CHECK_ALWAYS),
	CHECK(cancelled_puts_may_have_happened, CHECK_ANEW),
	{ 0 },
};
