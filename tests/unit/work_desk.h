/* SPDX-License-Identifier: MIT
 * One map with what a mount works with, for the tests of vault/work.
 */
#pragma once

#include "tests/unit/cache_util.h"
#include "tests/unit/join_util.h"
#include "vault/act/moves.h"
#include "vault/act/names.h"
#include "vault/act/unborn.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"
#include "vault/work/ask.h"
#include "vault/work/conflicts.h"
#include "vault/work/operate.h"
#include "vault/work/work.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define US UINT64_C(0xa)
#define THEM UINT64_C(0xb)
#define FILE_TYPE 8
#define DIR_TYPE 4

struct desk {
	struct place place;
	struct map *map;
	struct namehash *hash;
	struct work *w;
};

static UNUSED void root_put(struct map *m)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct draft genesis;
	draft_begin(&genesis, NULL);
	ok(draft_put_head(&genesis, &(struct inode_head){ .ino = INO_ROOT, .type = DIR_TYPE }));
	for (size_t i = 0; i < draft_records(&genesis)->n; i++) {
		const struct records_entry *x = draft_records(&genesis)->v[i];
		batch_put(b, MAP_RECORDS, records_key(x), buf_span(&x->value));
	}
	ok(map_apply(m, b));
	draft_end(&genesis);
}

static UNUSED void desk_open(struct desk *d)
{
	d->map = place_open(&d->place);
	ok(work_open(&(struct work_config){ .map = d->map, .stream = US, .hash = d->hash }, &d->w));
}

static UNUSED void desk_close(struct desk *d)
{
	work_freep(&d->w);
	ok(map_close(steal_ptr(d->map)));
}

static UNUSED void desk_begin(struct desk *d)
{
	static const uint8_t key[16] = { 3 };
	*d = (struct desk){ .hash = namehash_new(key) };
	place_make(&d->place, DISK);
	desk_open(d);
	root_put(d->map);
}

static UNUSED void desk_end(struct desk *d)
{
	desk_close(d);
	namehash_freep(&d->hash);
	place_remove(&d->place);
}

static UNUSED struct spot spot_at(uint64_t dir, const char *name)
{
	return (struct spot){ dir, name_of(name) };
}

static UNUSED err_t say_new(struct work_op *op, const struct spot *at, const char *text, uint64_t *ret)
{
	enum refusal refusal;
	struct act_contents c = { .size = text ? strlen(text) : 0, .tag = { { text ? (uint8_t)text[0] : 0 } } };
	c.kind = c.size ? CONTENTS_INLINE : CONTENTS_NONE;
	c.payload = SPAN(text, c.size);
	struct act_new n = { .type = text ? FILE_TYPE : DIR_TYPE, .contents = text ? &c : NULL };
	err_t e = names_create(op->act, at, &n, ret, &refusal);
	assert_true(e || refusal == REFUSED_NOT);
	return e;
}

/* make: text NULL: a directory. */
static UNUSED uint64_t make(struct desk *d, uint64_t dir, const char *name, const char *text)
{
	struct work_op op;
	struct spot at = spot_at(dir, name);
	uint64_t ino = 0;
	ok(work_begin(d->w, &op));
	ok(say_new(&op, &at, text, &ino));
	ok(work_apply(&op));
	work_end(&op);
	return ino;
}

static UNUSED void unlink_it(struct desk *d, uint64_t dir, const char *name)
{
	struct work_op op;
	struct spot at = spot_at(dir, name);
	enum refusal refusal;
	ok(work_begin(d->w, &op));
	ok(names_unlink(op.act, &at, NULL, &refusal));
	assert_int_equal(refusal, REFUSED_NOT);
	ok(work_apply(&op));
	work_end(&op);
}

/* shows: what is there under the name; 0: nothing. */
static UNUSED uint64_t shows(struct desk *d, uint64_t dir, const char *name)
{
	struct work_entry x;
	err_t e = work_lookup(d->w, dir, span_str(name), &x);
	assert_true(e == ERR_OK || e == ERR_NOTFOUND);
	return e ? 0 : x.ino;
}

static UNUSED void publish(struct desk *d)
{
	struct changeset *c = work_changeset(d->w);
	err_t e = changeset_close(c, work_closing(d->w));
	assert_int_equal(e, ERR_OK);
	while (!(e = changeset_publish(c, PUBLISH_PART, NULL)))
		continue;
	assert_int_equal(e, ERR_NOTFOUND);
}
