/* SPDX-License-Identifier: MIT
 * What one operation costs in the pure part of format 2, in bytes and in microseconds of one core: no map, no files.
 */
#include "util/cleanup.h"
#include "vault/join/apply.h"
#include "vault/join/attr.h"
#include "vault/join/draft.h"
#include "vault/join/group_join.h"
#include "vault/join/inode_head.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"

#include <sys/stat.h>
#include <time.h>

#define must(call)                                                                                                     \
	do {                                                                                                           \
		if (call) {                                                                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #call);                                     \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

#define INO UINT64_C(0x123456789abc)
#define ROUNDS 20000

static const struct stamp made = { 1000, 0x8877665544332211, 5 }, later = { 70000, 0x1122334455667788, 9 };

static void say_times(struct draft *d, struct stamp at)
{
	cleanup(buf_free) struct buf mtime = BUF_INIT, times = BUF_INIT;
	struct attr_time t = { 1700000000, 123456789 };
	attr_put_time(&mtime, t);
	attr_put_times(&times, &(struct attr_times){ t, t, t });
	must(draft_put_attr(d, INO, ATTR_MTIME, at, buf_span(&mtime)));
	must(draft_put_attr(d, INO, ATTR_TIMES, at, buf_span(&times)));
}

static void say_version(struct draft *d, struct stamp at, bool gone)
{
	uint8_t contents[100] = { 7 };
	struct version_id id = { at, { { (uint8_t)at.n } } };
	struct version_rec v = { .ino = INO,
		                 .id = id,
		                 .root = id,
		                 .time = 1700000000,
		                 .root_time = 1700000000,
		                 .gone = gone,
		                 .mark = gone,
		                 .contents = gone ? CONTENTS_NONE : CONTENTS_INLINE,
		                 .size = gone ? 0 : sizeof(contents) };
	if (!gone)
		v.payload = (struct buf){ .p = contents, .len = sizeof(contents) };
	must(draft_put_version(d, &v));
}

static void create(struct draft *d)
{
	cleanup(buf_free) struct buf mode = BUF_INIT;
	struct inode_head h = { .ino = INO, .type = S_IFREG >> 12, .birth = { { 1, 2, 3 } } };
	struct spot at = { INO_ROOT, { 20, "Invoice 00000042.odt" } };
	struct link_rec l = { .ino = INO, .life = made, .where = { .stamp = made, .at = at, .seat = { made, 0 } } };
	must(draft_put_head(d, &h));
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0644 });
	must(draft_put_attr(d, INO, ATTR_MODE, made, buf_span(&mode)));
	say_times(d, made);
	must(draft_put_link(d, &l));
	say_version(d, made, false);
}

static void touch(struct draft *d)
{
	say_times(d, later);
}

/* write_again: in place of the version that `create` made. */
static void write_again(struct draft *d)
{
	say_version(d, made, true);
	say_version(d, later, false);
	say_times(d, later);
}

static void show(const char *what, const struct records *t)
{
	printf("  %s:", what);
	for (size_t i = 0; i < t->n; i++)
		printf(" %02x %zu+%zu", t->v[i]->key[0], records_key(t->v[i]).len, t->v[i]->value.len);
	printf("\n");
}

/* since: microseconds of CPU a round, whatever else runs on the machine. */
static double since(clock_t start)
{
	return (double)(clock() - start) * 1e6 / CLOCKS_PER_SEC / ROUNDS;
}

static void operation(const char *name, const struct view *base, void (*say)(struct draft *d))
{
	struct draft d;
	draft_begin(&d, base);
	say(&d);
	printf("%s\n", name);
	show("says (kind, bytes of key and value)", draft_records(&d));
	clock_t start = clock();
	for (int i = 0; i < ROUNDS; i++) {
		struct draft again;
		draft_begin(&again, base);
		say(&again);
		draft_end(&again);
	}
	printf("  as a draft: %.1f us\n", since(start));
	start = clock();
	for (int i = 0; base && i < ROUNDS; i++) {
		cleanup(records_free) struct records changes = RECORDS_INIT;
		must(join_apply(base, draft_records(&d), &changes));
	}
	if (base)
		printf("  applied by another: %.1f us\n", since(start));
	draft_end(&d);
}

/* reading: INODE, of which a changeset says something. */
static void reading(const struct view *base)
{
	cleanup(buf_free) struct buf below = BUF_INIT, shown = BUF_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, INO);
	struct draft d;
	draft_begin(&d, base);
	touch(&d);
	const struct records_entry *said = records_find(draft_records(&d), shared_key_span(&key));
	must(!said);
	must(base->get(base->ctx, shared_key_span(&key), &below));
	clock_t start = clock();
	for (int i = 0; i < ROUNDS; i++)
		must(record_join(buf_span(&below), buf_span(&said->value), &shown));
	printf("INODE of %zu bytes joined with %zu: %.1f us, %zu bytes\n", below.len, said->value.len, since(start),
	       shown.len);
	start = clock();
	for (int i = 0; i < ROUNDS; i++) {
		struct shared_inode in;
		must(shared_inode(base, INO, &in));
		shared_inode_free(&in);
	}
	printf("INODE read as values: %.1f us\n", since(start));
	draft_end(&d);
}

int main(void)
{
	struct draft file;
	draft_begin(&file, NULL);
	create(&file);
	operation("create, 100 bytes", NULL, create);
	operation("touch", draft_view(&file), touch);
	operation("write 100 bytes again", draft_view(&file), write_again);
	reading(draft_view(&file));
	draft_end(&file);
	return 0;
}
