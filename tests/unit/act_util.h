/* SPDX-License-Identifier: MIT
 * One device that operates on records in memory, for the tests of vault/act.
 */
#pragma once

#include "tests/unit/join_util.h"
#include "vault/act/names.h"

#include <sys/stat.h>

/* One device; its time is `now`. */
struct desk {
	struct records base;
	struct view base_view;
	struct draft open;
	struct act_numbers numbers;
	struct act a;
	int64_t now;
};

static inline err_t next_ino(void *ctx, struct stamp s, uint64_t *ret_ino, struct id *ret_birth)
{
	(void)ctx;
	*ret_ino = 100 + s.lamport;
	*ret_birth = (struct id){ { (uint8_t)s.lamport } };
	return ERR_OK;
}

static inline err_t next_lid(void *ctx, struct stamp s, uint64_t *ret_lid)
{
	(void)ctx;
	*ret_lid = 100 + s.lamport;
	return ERR_OK;
}

static inline int64_t now(void *ctx, struct stamp s)
{
	const struct desk *d = ctx;
	(void)s;
	return d->now;
}

static inline void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	(void)root;
	conflict_who(span_str("desk"), time, out);
}
static const struct tree_naming naming = { .who = who };

static inline void desk_begin(struct desk *d)
{
	*d = (struct desk){ .now = 1700000000 };
	struct draft genesis;
	draft_begin(&genesis, NULL);
	ok(draft_put_head(&genesis, &(struct inode_head){ .ino = INO_ROOT, .type = S_IFDIR >> 12 }));
	ok(join_into(&d->base, draft_records(&genesis)));
	draft_end(&genesis);
	d->base_view = records_view(&d->base);
	draft_begin(&d->open, &d->base_view);
	d->numbers = (struct act_numbers){ next_ino, next_lid, now, d };
	d->a = (struct act){ .base = &d->base_view, .open = &d->open, .naming = &naming, .numbers = &d->numbers };
	d->a.stream = 1;
	d->a.n = 1;
	d->a.renew = ACT_RENEW;
}

static inline void desk_end(struct desk *d)
{
	act_free(&d->a);
	draft_end(&d->open);
	records_free(&d->base);
}

/* What is open is published. */
static inline void publish(struct desk *d)
{
	ok(join_into(&d->base, draft_records(&d->open)));
	draft_end(&d->open);
	draft_begin(&d->open, &d->base_view);
	d->a.n++;
	act_changed(&d->a);
}

static inline struct spot in(uint64_t dir, const char *name)
{
	return (struct spot){ dir, name_of(name) };
}

static inline struct act_contents text(const char *s)
{
	struct act_contents c = { *s ? CONTENTS_INLINE : CONTENTS_NONE, strlen(s), ID_ZERO, span_str(s) };
	c.tag.b[0] = (uint8_t)*s;
	return c;
}

static inline uint64_t make(struct desk *d, struct spot at, mode_t type, const char *s)
{
	uint64_t ino = 0;
	enum refusal r;
	struct act_contents c = text(s);
	struct act_new n = { (uint8_t)(type >> 12), type == S_IFDIR ? NULL : &c, { NULL, 0 } };
	ok(names_create(&d->a, &at, &n, &ino, &r));
	assert_int_equal(r, REFUSED_NOT);
	return ino;
}

static inline const struct tree_entry *look(struct desk *d, struct spot at)
{
	const struct tree *t;
	const struct tree_entry *e = NULL;
	ok(act_tree(&d->a, &t));
	err_t r = tree_lookup(t, at.dir, SPAN(at.name.b, at.name.len), &e);
	assert_true(r == ERR_OK || r == ERR_NOTFOUND);
	return e;
}
