/* SPDX-License-Identifier: MIT
 * What the tests of vault/join share: stamps, ids and values that are short to write. Include after <cmocka.h>.
 */
#pragma once

#include "util/cleanup.h"
#include "util/hex.h"
#include "vault/join/apply.h"
#include "vault/join/attr.h"
#include "vault/join/draft.h"
#include "vault/join/draft_drop.h"
#include "vault/join/place.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"
#include "vault/join/version_set.h"

#define ok(e) assert_int_equal(e, ERR_OK)

/* at: stamp of the operation at `lamport` of stream `stream`, in its first commit. */
static inline struct stamp at(uint64_t lamport, uint64_t stream)
{
	return (struct stamp){ lamport, stream, 1 };
}

static inline struct version_id vid(uint64_t lamport, uint64_t stream, uint8_t tag)
{
	return (struct version_id){ at(lamport, stream), { { tag } } };
}

static inline struct name name_of(const char *s)
{
	struct name n = { .len = (uint8_t)strlen(s) };
	memcpy(n.b, s, n.len);
	return n;
}

static inline struct link_rec link_of(uint64_t ino, uint64_t lid, struct stamp s, const char *name)
{
	struct link_rec l = { .ino = ino, .lid = lid, .life = s };
	l.where = (struct where){ .stamp = s, .at = { INO_ROOT, name_of(name) }, .seat = { s, 0 } };
	return l;
}

/* version_of: inline text; the root of its own. `v->payload` is the caller's to free. */
static inline struct version_rec version_of(uint64_t ino, struct version_id id, const char *text)
{
	struct version_rec v = { .ino = ino, .id = id, .root = id, .time = 1700000000, .root_time = 1700000000 };
	v.contents = CONTENTS_INLINE;
	v.size = strlen(text);
	buf_put(&v.payload, text, strlen(text));
	return v;
}

/* from_hex: blanks between the digits do not count. The caller frees. */
static inline struct buf from_hex(const char *hex)
{
	char digits[1024];
	struct buf out = BUF_INIT;
	size_t n = 0;
	for (; *hex; hex++)
		if (*hex != ' ')
			digits[n++] = *hex;
	digits[n] = 0;
	assert_true(hex_decode(digits, buf_extend(&out, n / 2), n / 2));
	return out;
}

static inline bool same_records(const struct records *a, const struct records *b)
{
	bool same = a->n == b->n;
	for (size_t i = 0; same && i < a->n; i++)
		same = !span_cmp(records_key(a->v[i]), records_key(b->v[i])) && a->v[i]->gone == b->v[i]->gone &&
		       !span_cmp(buf_span(&a->v[i]->value), buf_span(&b->v[i]->value));
	return same;
}

/* join_into: a table as a state. */
static inline err_t join_into(struct records *state, const struct records *delta)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	struct view v = records_view(state);
	err_t e = join_apply(&v, delta, &changes);
	for (size_t i = 0; !e && i < changes.n; i++) {
		const struct records_entry *x = changes.v[i];
		if (x->gone)
			records_drop(state, records_key(x));
		else
			e = records_put(state, records_key(x), buf_span(&x->value));
	}
	return e;
}
