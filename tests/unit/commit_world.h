/* SPDX-License-Identifier: MIT
 * A commit that is refused for nothing, and what changes it, for the tests of what commits are refused for. Include
 * after <cmocka.h>. Includers use only some of it.
 */
#pragma once

#include "tests/unit/join_util.h"
#include "vault/join/group_encode.h"
#include "vault/join/signer.h"
#include "vault/join/statement.h"
#include "vault/join/vault_key.h"
#include "vault/objects/commit_check.h"
#include "vault/objects/pack.h"

#define UNUSED __attribute__((unused))

#define STREAM 5
#define OTHER 3
static const UNUSED struct stamp OWN = { 300, STREAM, 7 }, OLD = { 200, OTHER, 2 };

/* -- a commit that stands ------------------------------------------------------------------------------------------ */

struct world {
	struct records records;
	struct commit_part part[2];
	size_t parts;
	struct commit_basis b;
	struct position p[2];
	struct vv vv;
	struct buf pack[2];
	struct hash first; /* of part 0 */
	bool begun;        /* what stands under it is: each later epoch */
};

static UNUSED struct id device_of(void *ctx, uint64_t stream)
{
	(void)ctx;
	return (struct id){ { (uint8_t)stream } };
}

static UNUSED err_t later_begun(void *ctx, uint32_t number, struct hash id, bool *ret)
{
	const struct world *w = ctx;
	(void)number;
	(void)id;
	*ret = w && w->begun;
	return ERR_OK;
}

static UNUSED void begin(struct world *w)
{
	*w = (struct world){ .parts = 1, .p = { { OTHER, 2, ID_ZERO }, { STREAM, 7, ID_ZERO } } };
	w->vv = (struct vv){ .v = w->p, .n = 2 };
	w->b = (struct commit_basis){ .vv = &w->vv, .lamport = 250, .rules = 1, .epoch = 1, .device_of = device_of };
	w->b.device = device_of(NULL, STREAM);
	w->b.begun = later_begun;
	w->b.ctx = w;
	struct commit *c = &w->part[0].c;
	*c = (struct commit){ .stream = STREAM, .n = 7, .parts = 1, .previous = { { 1 } }, .lamport = 300, .rules = 1 };
}

static UNUSED void end(struct world *w)
{
	records_free(&w->records);
	buf_free(&w->pack[0]);
	buf_free(&w->pack[1]);
}

static UNUSED void pack_into(struct world *w, size_t part)
{
	cleanup(pack_free) struct pack p = PACK_INIT;
	for (size_t i = 0; i < w->records.n; i++)
		ok(pack_add(&p, records_key(w->records.v[i]), buf_span(&w->records.v[i]->value)));
	ok(pack_put(&p, &w->pack[part]));
	w->part[part].c.pack = buf_span(&w->pack[part]);
}

static UNUSED enum refusal verdict(struct world *w)
{
	enum refusal why;
	if (w->part[w->parts - 1].c.pack.len == 0)
		pack_into(w, w->parts - 1);
	ok(commit_check(w->part, w->parts, &w->b, &why));
	return why;
}

/* CHECK: what is said of a commit after `change`, to which `w` is the world. */
#define CHECK(want, change)                                                                                            \
	do {                                                                                                           \
		cleanup(end) struct world world;                                                                       \
		struct world *w = &world;                                                                              \
		begin(w);                                                                                              \
		change;                                                                                                \
		assert_int_equal(verdict(w), want);                                                                    \
	} while (0)

static UNUSED void put(struct world *w, struct span key, const struct record *r)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	ok(record_encode(r, &out));
	ok(records_put(&w->records, key, buf_span(&out)));
}

static UNUSED void put_file(struct world *w, struct shared_key key, const struct record *r)
{
	put(w, shared_key_span(&key), r);
}

static UNUSED void put_value(struct world *w, struct vault_name n, struct stamp s, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct vault_key key = vault_key_of(&n);
	group_value(&r, n.kind == SHARED_DEVICE ? 2 : 1, s, value);
	put(w, vault_key_span(&key), &r);
}

static UNUSED void put_statement(struct world *w, uint8_t kind, struct span body, struct hash *hash)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	static const uint8_t sig[SIGNER_SIG];
	struct vault_name n = { .kind = SHARED_STATEMENT };
	buf_put(&b, "\1", 1);
	buf_u8(&b, kind);
	buf_u8(&b, 0);
	buf_id(&b, ID_ZERO);
	buf_u64(&b, 1);
	buf_hash(&b, HASH_ZERO);
	buf_u64(&b, 0);
	buf_blob16(&b, body);
	buf_put(&b, sig, sizeof(sig));
	ok(signer_statement_hash(buf_span(&b), &n.hash));
	*hash = n.hash;
	put_value(w, n, STAMP_ZERO, buf_span(&b));
}

/* first_commit: of the stream that an INCARNATION begins, or of the one after that. */
static UNUSED void first_commit(struct world *w, uint8_t kind, uint64_t off)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct hash h;
	ok(statement_put_body(&body, &(struct statement){ .kind = kind }));
	put_statement(w, kind, buf_span(&body), &h);
	struct rd r = RD(hash_span(&h));
	w->part[0].c.stream = rd_u64(&r) + off;
	w->part[0].c.n = 1;
}
