/* SPDX-License-Identifier: MIT
 * What one operation of format 2 costs between fs and the map: what it says, the index of what is shown, and the batch
 * of both; in microseconds of one core, over a map in memory. FILES (20,000) in 40 folders. And what a close and a
 * delivery of all of them cost: another device gets each commit, whose kernel knows all that was there before.
 */
#include "cache/map.h"
#include "util/cleanup.h"
#include "vault/act/moves.h"
#include "vault/act/names.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"
#include "vault/join/attr.h"
#include "vault/work/ask.h"
#include "vault/work/operate.h"
#include "vault/work/work.h"

#include <sys/stat.h>
#include <time.h>

#define must(call)                                                                                                     \
	do {                                                                                                           \
		if (call) {                                                                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #call);                                     \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

#define FOLDERS 40

struct stops { /* of everybody */
	double began, longest;
	unsigned n;
};

struct bench {
	struct map *map, *there_map;
	struct namehash *hash;
	struct work *w, *there; /* there: the other device's */
	struct stops stops;     /* there */
	uint64_t folder[FOLDERS];
	uint64_t *file;
	unsigned n;
	struct buf mode, mtime, times;
	struct act_attr attr[3];
};

static void attributes(struct bench *b)
{
	struct attr_time t = { 1700000000, 123456789 };
	attr_put_mode(&b->mode, &(struct attr_mode){ .permissions = 0644 });
	attr_put_time(&b->mtime, t);
	attr_put_times(&b->times, &(struct attr_times){ t, t, t });
	b->attr[0] = (struct act_attr){ ATTR_MTIME, buf_span(&b->mtime) };
	b->attr[1] = (struct act_attr){ ATTR_TIMES, buf_span(&b->times) };
	b->attr[2] = (struct act_attr){ ATTR_MODE, buf_span(&b->mode) };
}

static struct spot name_of(const struct bench *b, unsigned i, char kind)
{
	struct spot s = { .dir = b->folder[i % FOLDERS] };
	s.name.len = (uint8_t)snprintf(s.name.b, sizeof(s.name.b), "%c %08u.odt", kind, i);
	return s;
}

static err_t create(struct bench *b, struct work_op *op, unsigned i, enum refusal *r)
{
	const struct spot at = name_of(b, i, 'f');
	const struct act_attrs all = { b->attr, 3 }, times = { b->attr, 2 };
	const struct act_contents c = { .kind = CONTENTS_NONE };
	const struct act_new n = { S_IFREG >> 12, &c, all, &times };
	return names_create(op->act, &at, &n, &b->file[i], r);
}

static err_t chmod_it(struct bench *b, struct work_op *op, unsigned i, enum refusal *r)
{
	return attrs_set_number(op->act, b->file[i], &(struct act_attrs){ &b->attr[1], 2 }, r);
}

static err_t write_it(struct bench *b, struct work_op *op, unsigned i, enum refusal *r)
{
	uint8_t text[100] = { (uint8_t)i, 1 };
	const struct act_contents c = {
		CONTENTS_INLINE, sizeof(text), { { (uint8_t)i, (uint8_t)(i >> 8), 1 } }, SPAN(text, sizeof(text))
	};
	return contents_write_number(op->act, b->file[i], &c, &(struct act_attrs){ b->attr, 2 }, r);
}

static err_t rename_it(struct bench *b, struct work_op *op, unsigned i, enum refusal *r)
{
	const struct spot from = name_of(b, i, 'f'), to = name_of(b, i, 'g');
	const struct act_attrs times = { b->attr, 2 };
	const struct act_along along = { &times, NULL, &(struct act_attrs){ &b->attr[1], 1 }, NULL };
	return moves_rename(op->act, &from, &to, &along, r);
}

static err_t unlink_it(struct bench *b, struct work_op *op, unsigned i, enum refusal *r)
{
	const struct spot at = name_of(b, i, 'g');
	const struct act_attrs times = { b->attr, 2 };
	return names_unlink(op->act, &at, &(struct act_along){ .dir = &times }, r);
}

static double cpu(void)
{
	return (double)clock() * 1e6 / CLOCKS_PER_SEC;
}

static void all(struct bench *b, const char *what,
                err_t (*fn)(struct bench *, struct work_op *, unsigned, enum refusal *))
{
	double start = cpu();
	for (unsigned i = 0; i < b->n; i++) {
		struct work_op op;
		enum refusal r = REFUSED_NOT;
		must(work_begin(b->w, &op));
		must(fn(b, &op, i, &r));
		must(r);
		must(work_apply(&op));
		work_end(&op);
	}
	printf("%-20s %6.1f us\n", what, (cpu() - start) / b->n);
}

static void look_all(struct bench *b, char kind)
{
	double start = cpu();
	for (unsigned i = 0; i < b->n; i++) {
		const struct spot at = name_of(b, i, kind);
		struct work_entry x;
		must(work_lookup(b->w, at.dir, SPAN(at.name.b, at.name.len), &x));
	}
	printf("%-20s %6.1f us\n", "lookup", (cpu() - start) / b->n);
	start = cpu();
	for (unsigned i = 0; i < b->n; i++) {
		struct work_number n;
		must(work_number(b->w, b->file[i], &n));
	}
	printf("%-20s %6.1f us\n", "by number", (cpu() - start) / b->n);
}

/* -- the other device ---------------------------------------------------------------------------------------------- */

static void on_enter(void *ctx)
{
	((struct stops *)ctx)->began = cpu();
}

static void on_leave(void *ctx)
{
	struct stops *s = ctx;
	const double took = cpu() - s->began;
	s->longest = took > s->longest ? took : s->longest;
	s->n++;
}

static bool known(void *ctx, uint64_t ino)
{
	(void)ctx, (void)ino;
	return true;
}

static bool is_open(void *ctx, uint64_t ino)
{
	(void)ctx, (void)ino;
	return false;
}

static err_t nameless(void *ctx, struct u64s *ret)
{
	(void)ctx, (void)ret;
	return ERR_OK;
}

static err_t keep(void *ctx, const struct work_change *list, size_t n, struct batch *batch)
{
	(void)ctx, (void)list, (void)n, (void)batch;
	return ERR_OK;
}

static void tell(void *ctx, const struct work_change *list, size_t n)
{
	(void)ctx, (void)list, (void)n;
}

static void other_device(struct bench *b, const struct key *key)
{
	const struct work_told told = { known, known, is_open, nameless, keep, tell, NULL };
	const struct map_freeze hook = { .enter = on_enter, .leave = on_leave, .ctx = &b->stops };
	must(map_open(&(struct map_config){ .key = key, .commit_ms = 1000000 }, &b->there_map, NULL));
	must(work_open(&(struct work_config){ .map = b->there_map, .stream = 11, .hash = b->hash }, &b->there));
	work_on_changes(b->there, &told);
	map_on_freeze(b->there_map, &hook);
}

static err_t add_record(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static void deliver(struct bench *b)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	const struct view *v = &work_changeset(b->w)->closed->view;
	must(v->scan(v->ctx, SPAN(NULL, 0), SPAN(NULL, 0), add_record, &said));
	const struct delivery d = { &said, work_changeset(b->w)->lamport, NULL, work_follow(b->there) };
	const double start = cpu();
	b->stops = (struct stops){ 0 };
	must(changeset_deliver(work_changeset(b->there), &d));
	printf("%-20s %6.1f ms in all, at most %.1f ms in one stop of %u\n", "  and its delivery",
	       (cpu() - start) / 1e3, b->stops.longest / 1e3, b->stops.n);
}

/* close_it: for so long everybody is stopped. */
static void close_it(struct bench *b, const char *what)
{
	double start = cpu();
	must(changeset_close(work_changeset(b->w), work_closing(b->w)));
	printf("%-20s %6.1f us in all\n", what, cpu() - start);
	deliver(b);
	while (!changeset_publish(work_changeset(b->w), PUBLISH_PART, NULL))
		;
}

static void folders(struct bench *b)
{
	for (unsigned i = 0; i < FOLDERS; i++) {
		struct spot at = name_of(b, i, 'd');
		const struct act_new n = { S_IFDIR >> 12, NULL, { b->attr, 3 }, NULL };
		struct work_op op;
		enum refusal r;
		at.dir = INO_ROOT;
		must(work_begin(b->w, &op));
		must(names_create(op.act, &at, &n, &b->folder[i], &r));
		must(work_apply(&op));
		work_end(&op);
	}
}

int main(void)
{
	static const struct key key = { { 7 } };
	static const uint8_t hash_key[16] = { 3 };
	const char *files = getenv("FILES");
	struct bench b = { .n = files ? (unsigned)atoi(files) : 20000, .hash = namehash_new(hash_key) };
	b.file = calloc(b.n + 1, sizeof(*b.file));
	must(!b.file || !b.hash);
	must(map_open(&(struct map_config){ .key = &key, .commit_ms = 1000000 }, &b.map, NULL));
	must(work_open(&(struct work_config){ .map = b.map, .stream = 10, .hash = b.hash }, &b.w));
	attributes(&b);
	other_device(&b, &key);
	folders(&b);
	all(&b, "create", create);
	all(&b, "chmod", chmod_it);
	all(&b, "write 100 bytes", write_it);
	look_all(&b, 'f');
	all(&b, "rename", rename_it);
	all(&b, "unlink", unlink_it);
	close_it(&b, "a close, all gone");
	all(&b, "create again", create);
	close_it(&b, "a close, all there");
	all(&b, "write 100 bytes", write_it);
	close_it(&b, "a close, all written");
	work_freep(&b.w);
	work_freep(&b.there);
	must(map_close(b.map));
	must(map_close(b.there_map));
	return 0;
}
