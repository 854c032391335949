/* SPDX-License-Identifier: MIT
 * Heads and manifests of format 2: what no encoder writes is refused, each rule broken alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "util/cleanup.h"
#include "vault/join/varint.h"
#include "vault/objects/head.h"
#include "vault/objects/manifest.h"

#define ok(e) assert_int_equal(e, ERR_OK)

static struct applied_entry entries[] = { { { { 1 } }, 5, { { 1 } } },
	                                  { { { 1 } }, 7, { { 2 } } },
	                                  { { { 2 } }, 9, { { 3 } } } };
static struct behind behind[] = { { 0, 2, 8 }, { 1, 0, 0 }, { 1, 2, 0 } };
static struct chunk chunks[] = { { .size = 4096 }, { .size = MANIFEST_CHUNK_MAX } };
static struct extension extensions[] = { { 1, { "", 0 } }, { 2, { "x", 1 } } };

static struct head a_head(void)
{
	struct head h = { .stream = 5, .flags = HEAD_SETTLED, .has_checkpoint = true, .manifest_epoch = 1 };
	h.applied = (struct applied){ .v = entries, .n = 3 };
	h.extensions = (struct extensions){ .v = extensions, .n = 2 };
	return h;
}

static struct manifest a_manifest(void)
{
	struct manifest m = { .stream = 5, .behind = behind, .behind_n = 3, .chunks = chunks, .chunks_n = 2 };
	m.applied = (struct applied){ .v = entries, .n = 3 };
	m.extensions = (struct extensions){ .v = extensions, .n = 2 };
	return m;
}

/* -- heads ------------------------------------------------------------------------------------------------------- */

static void put_applied(struct buf *out, const struct applied *a)
{
	varint_put(out, a->n);
	for (size_t i = 0; i < a->n; i++) {
		buf_hash(out, a->v[i].stream);
		varint_put(out, a->v[i].n);
		buf_id(out, a->v[i].hash);
	}
}

static void put_extensions(struct buf *out, const struct extensions *x)
{
	varint_put(out, x->n);
	for (size_t i = 0; i < x->n; i++) {
		varint_put(out, x->v[i].number);
		blob_put(out, x->v[i].bytes);
	}
}

/* raw_head: as the page has it, whatever is in it; `checkpoints`: how many. */
static void raw_head(const struct head *h, uint8_t version, uint8_t checkpoints, struct buf *out)
{
	buf_u8(out, version);
	buf_u64(out, h->stream);
	buf_u64(out, h->counter);
	buf_u64(out, (uint64_t)h->time);
	buf_u64(out, h->features);
	buf_u8(out, h->flags);
	varint_put(out, h->rules);
	varint_put(out, h->lamport);
	put_applied(out, &h->applied);
	buf_hash(out, h->digest);
	buf_hash(out, h->tree);
	buf_u8(out, checkpoints);
	for (; checkpoints > 0; checkpoints--) {
		buf_id(out, h->manifest);
		buf_hash(out, h->manifest_hash);
		buf_u32(out, h->manifest_epoch);
		buf_hash(out, h->manifest_epoch_id);
	}
	put_extensions(out, &h->extensions);
}

static void head_refused(const struct head *h)
{
	cleanup(buf_free) struct buf mine = BUF_INIT, out = BUF_INIT;
	cleanup(head_free) struct head back = { 0 };
	raw_head(h, 2, 1, &mine);
	assert_int_equal(head_decode(buf_span(&mine), &back), ERR_DAMAGED);
	assert_int_equal(head_encode(h, &out), ERR_INVAL);
}

#define HEAD(change)                                                                                                   \
	do {                                                                                                           \
		struct head h = a_head();                                                                              \
		change;                                                                                                \
		head_refused(&h);                                                                                      \
	} while (0)

static void test_heads(void **state)
{
	(void)state;
	struct applied_entry same[] = { entries[0], entries[0] }, turned[] = { entries[1], entries[0] };
	struct applied_entry nameless = entries[0], none = entries[0];
	struct extension twice[] = { extensions[0], extensions[0] };
	memset(nameless.stream.b, 0, 8);
	none.n = 0;
	HEAD(h.stream = 0);
	HEAD(h.flags = 2);
	HEAD(h.manifest_epoch = 0);
	HEAD((h.applied = (struct applied){ .v = same, .n = 2 }));
	HEAD((h.applied = (struct applied){ .v = turned, .n = 2 }));
	HEAD((h.applied = (struct applied){ .v = &nameless, .n = 1 }));
	HEAD((h.applied = (struct applied){ .v = &none, .n = 1 }));
	HEAD(h.extensions.v = twice);
}

static void test_version_checkpoint_and_ends(void **state)
{
	(void)state;
	struct head h = a_head();
	for (uint8_t version = 1; version < 4; version++)
		for (uint8_t n = 0; n < 3; n++) {
			cleanup(buf_free) struct buf b = BUF_INIT;
			cleanup(head_free) struct head back = { 0 };
			raw_head(&h, version, n, &b);
			err_t want = version == 2 && n < 2 ? ERR_OK : ERR_DAMAGED;
			assert_int_equal(head_decode(buf_span(&b), &back), version == 3 ? ERR_VERSION : want);
		}
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup(head_free) struct head back = { 0 };
	raw_head(&h, 2, 1, &b);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(head_decode(SPAN(b.p, n), &back), ERR_DAMAGED);
	buf_u8(&b, 0);
	assert_int_equal(head_decode(buf_span(&b), &back), ERR_DAMAGED);
}

/* -- manifests --------------------------------------------------------------------------------------------------- */

static void raw_manifest(const struct manifest *m, uint8_t version, struct buf *out)
{
	buf_u8(out, version);
	buf_u64(out, m->stream);
	varint_put(out, m->lamport);
	varint_put(out, m->rules);
	buf_hash(out, m->digest);
	buf_hash(out, m->tree);
	varint_put(out, m->records);
	put_applied(out, &m->applied);
	varint_put(out, m->behind_n);
	for (size_t i = 0; i < m->behind_n; i++) {
		varint_put(out, m->behind[i].of);
		varint_put(out, m->behind[i].what);
		varint_put(out, m->behind[i].n);
	}
	varint_put(out, m->chunks_n);
	for (size_t i = 0; i < m->chunks_n; i++) {
		buf_id(out, m->chunks[i].id);
		buf_hash(out, m->chunks[i].hash);
		varint_put(out, m->chunks[i].size);
	}
	put_extensions(out, &m->extensions);
}

static void manifest_refused(const struct manifest *m)
{
	cleanup(buf_free) struct buf mine = BUF_INIT, out = BUF_INIT;
	cleanup(manifest_free) struct manifest back = { 0 };
	raw_manifest(m, 2, &mine);
	assert_int_equal(manifest_decode(buf_span(&mine), &back), ERR_DAMAGED);
	assert_int_equal(manifest_encode(m, &out), ERR_INVAL);
}

#define MANIFEST(change)                                                                                               \
	do {                                                                                                           \
		struct manifest m = a_manifest();                                                                      \
		change;                                                                                                \
		manifest_refused(&m);                                                                                  \
	} while (0)
#define BEHIND(...)                                                                                                    \
	do {                                                                                                           \
		struct behind b[] = { __VA_ARGS__ };                                                                   \
		MANIFEST((m.behind = b, m.behind_n = ARRAY_LEN(b)));                                                   \
	} while (0)

static void test_manifests(void **state)
{
	(void)state;
	struct chunk small = { .size = 4095 }, large = { .size = MANIFEST_CHUNK_MAX + 1 };
	MANIFEST(m.stream = 0);
	MANIFEST((m.chunks = &small, m.chunks_n = 1));
	MANIFEST((m.chunks = &large, m.chunks_n = 1));
	BEHIND({ 3, 0, 0 }); /* of an entry that is not there */
	BEHIND({ 0, 3, 0 });
	BEHIND({ 0, 0, 1 });              /* of itself */
	BEHIND({ 0, 2, 9 });              /* not behind */
	BEHIND({ 1, 0, 0 }, { 0, 2, 0 }); /* out of order */
	BEHIND({ 1, 2, 0 }, { 1, 0, 0 });
	BEHIND({ 1, 0, 0 }, { 1, 0, 1 });
}

static void test_manifest_version_and_ends(void **state)
{
	(void)state;
	struct manifest m = a_manifest();
	for (uint8_t version = 1; version < 4; version++) {
		cleanup(buf_free) struct buf b = BUF_INIT, out = BUF_INIT;
		cleanup(manifest_free) struct manifest back = { 0 };
		const err_t want[] = { ERR_DAMAGED, ERR_OK, ERR_VERSION };
		raw_manifest(&m, version, &b);
		assert_int_equal(manifest_decode(buf_span(&b), &back), want[version - 1]);
		ok(manifest_encode(&m, &out));
		assert_int_equal(span_cmp(buf_span(&b), buf_span(&out)) == 0, version == 2);
	}
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup(manifest_free) struct manifest back = { 0 };
	raw_manifest(&m, 2, &b);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(manifest_decode(SPAN(b.p, n), &back), ERR_DAMAGED);
	buf_u8(&b, 0);
	assert_int_equal(manifest_decode(buf_span(&b), &back), ERR_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_version_checkpoint_and_ends),
		cmocka_unit_test(test_manifests),
		cmocka_unit_test(test_manifest_version_and_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
