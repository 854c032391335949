/* SPDX-License-Identifier: MIT
 * The values of tests/vectors/vault.txt, as tests/vectors/vault.py has them; each appends its bytes. Include after
 * <cmocka.h>.
 */
#pragma once

#include "util/cleanup.h"
#include "util/hex.h"
#include "vault/join/content.h"
#include "vault/join/group_encode.h"
#include "vault/join/segment.h"
#include "vault/join/varint.h"
#include "vault/objects/commit.h"
#include "vault/objects/head.h"
#include "vault/objects/manifest.h"
#include "vault/objects/object.h"
#include "vault/objects/pack.h"
#include "vault/objects/size.h"
#include "vault/objects/vv.h"

#include <string.h>

#define ok(e) assert_int_equal(e, ERR_OK)
#define STREAM UINT64_C(0x8877665544332211)
#define OTHER UINT64_C(0x9000000000000000)

static inline struct id id_of(uint8_t n)
{
	struct id a;
	memset(a.b, n, ID_LEN);
	return a;
}

/* -- values --------------------------------------------------------
 */

static inline void positions_none(struct buf *out)
{
	ok(vv_put(out, &(struct vv){ 0 }));
}

static inline void positions_branches(struct buf *out)
{
	struct position p[] = { { STREAM, 5, id_of(2) },
		                { STREAM, 7, id_of(1) },
		                { OTHER, UINT64_C(1) << 63, id_of(3) } };
	ok(vv_put(out, &(struct vv){ .v = p, .n = ARRAY_LEN(p) }));
}

/* record_in: number `i` of four: two that have stamps, one of a version to come, one without a stamp. */
static inline struct span record_in(unsigned i, struct buf *key, struct buf *value)
{
	static const struct stamp stamps[] = { { 5, STREAM, 1 }, { 6, OTHER, 2 }, { 5, STREAM, 3 } };
	static const uint8_t kind[] = { 0x40, 0x40, 0x40, 0x51 };
	buf_u8(key, kind[i]);
	if (i < 3)
		buf_u64be(key, i == 0 ? 7 : 8);
	if (i == 2) {
		buf_put(key, "x", 1);
		buf_put(value, "\3\xff", 2);
		return buf_span(value);
	}
	buf_put(value, "\2", 1);
	varint_put(value, i == 0 ? 2 : i == 1);
	for (unsigned k = i == 1 ? 2 : 0; i < 2 && k < (i == 0 ? 2u : 3u); k++)
		stamp_put(value, stamps[k]);
	buf_put(value, i < 2 ? "\1\1\1\1\2ab" : "\1\1\0\1a", i < 2 ? 7 : 5);
	return buf_span(value);
}

/* pack_of: of records `from` to before `to`. */
static inline void pack_of(struct buf *out, unsigned from, unsigned to)
{
	cleanup(pack_free) struct pack p = PACK_INIT;
	for (unsigned i = from; i < to; i++) {
		cleanup(buf_free) struct buf key = BUF_INIT, value = BUF_INIT;
		struct span v = record_in(i, &key, &value);
		ok(pack_add(&p, buf_span(&key), v));
	}
	ok(pack_put(&p, out));
	assert_true(out->len <= pack_bound(&p));
}

static inline void pack_none(struct buf *out)
{
	pack_of(out, 0, 0);
}

static inline void pack_some(struct buf *out)
{
	pack_of(out, 0, 4);
}

static inline struct hash hash_of(uint8_t n)
{
	struct hash h;
	memset(h.b, n, HASH_LEN);
	return h;
}

/* commit_of: with records `from` to before `to`; the last part of one alone. */
static inline void commit_of(struct commit *c, unsigned from, unsigned to, struct buf *out)
{
	cleanup(buf_free) struct buf pack = BUF_INIT;
	pack_of(&pack, from, to);
	c->stream = STREAM;
	c->time = INT64_C(1795966476) * 1000000000;
	c->lamport = 6;
	for (uint8_t i = 0; i < ID_LEN; i++)
		c->nonce.b[i] = (uint8_t)(0x30 + i);
	c->rules = 1;
	c->digest = hash_of(1);
	c->pack = buf_span(&pack);
	ok(commit_encode(c, out));
}

static inline void commit_first(struct buf *out)
{
	commit_of(&(struct commit){ .n = 1, .parts = 1 }, 0, 2, out);
}

static inline void commit_part(struct buf *out)
{
	commit_of(&(struct commit){ .n = 300, .parts = 2 }, 0, 1, out);
}

static inline void commit_last(struct buf *out)
{
	struct position p = { OTHER, 5, id_of(2) };
	struct span purge[] = { span_str("\x43\x61"), span_str("\x48\x62") };
	struct extension ext[] = { { 1, span_str("") }, { 200, span_str("ext") } };
	const struct hash part = hash_of(5);
	struct commit c = { .n = 300, .part = 1, .parts = 2, .previous = hash_of(9), .vv = { .v = &p, .n = 1 } };
	c.has_checkpoint = true;
	c.manifest = id_of(3);
	c.manifest_hash = hash_of(4);
	c.purge = (struct key_list){ .v = purge, .n = 2 };
	c.part_hashes = part.b;
	c.extensions = (struct extensions){ .v = ext, .n = 2 };
	commit_of(&c, 1, 4, out);
}

static inline void put_box(struct buf *out, uint8_t n)
{
	uint8_t box[177];
	memset(box, n, sizeof(box));
	box[0] = 1;
	buf_id(out, id_of(n));
	buf_blob16(out, SPAN(box, sizeof(box)));
}

static inline void start_one(struct buf *out)
{
	buf_u8(out, 1);
	buf_u32(out, 7);
	buf_u16(out, 2);
	buf_hash(out, hash_of(6));
	buf_hash(out, hash_of(7));
	buf_hash(out, hash_of(8)); /* commitment */
	buf_u16(out, 1);
	put_box(out, 1);
}

static inline void commit_epoch(struct buf *out)
{
	cleanup(buf_free) struct buf start = BUF_INIT, recipients = BUF_INIT;
	start_one(&start);
	buf_u16(&recipients, 2);
	put_box(&recipients, 2);
	put_box(&recipients, 3);
	commit_of(
	        &(struct commit){ .n = 1, .parts = 1, .start = buf_span(&start), .recipients = buf_span(&recipients) },
	        0, 0, out);
}

static inline void facts_two(struct buf *out)
{
	struct short_epoch epochs[2] = { { .number = 1 }, { .number = 300 } };
	struct segment_block blocks[2] = { { hash_of(4), 131072, 1 }, { hash_of(5), 3, 0 } };
	memset(epochs[0].id, 2, 8);
	memset(epochs[1].id, 3, 8);
	ok(segment_put_facts(out, &(struct segment_facts){ id_of(1), epochs, 2, 2, blocks, 2, 2 }));
}

static inline void record_content(struct buf *out)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf key = BUF_INIT, value = BUF_INIT;
	struct id content = id_of(2);
	buf_u64(&key, STREAM);
	memcpy(content.b, key.p, key.len);
	assert_true(content_stream(content) == STREAM);
	buf_clear(&key);
	buf_u8(&key, 0x46);
	buf_id(&key, content);
	ok(content_put(&value, &(struct content_rec){ true, id_of(3), UINT64_C(1) << 40 }));
	group_value(&r, 1, STAMP_ZERO, buf_span(&value));
	blob_put(out, buf_span(&key));
	ok(record_encode(&r, out));
}

static inline void record_extents(struct buf *out)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct window_extent x[] = { { 4096, 4096, id_of(4), 0 }, { 131072, 131072, id_of(5), 0 } };
	ok(content_put_extents(&value, &(struct window_extents){ .v = x, .n = 2 }));
	group_value(&r, 1, STAMP_ZERO, buf_span(&value));
	buf_u8(out, 1 + ID_LEN + 4);
	buf_u8(out, 0x47);
	buf_u64(out, STREAM);
	buf_put(out, id_of(2).b, 8);
	buf_put(out, "\0\0\0\1", 4);
	ok(record_encode(&r, out));
}

static inline struct head head_base(void)
{
	struct head h = {
		.stream = STREAM, .counter = 9, .time = INT64_C(1795966476) * 1000000000, .rules = 1, .lamport = 300
	};
	h.digest = hash_of(1);
	return h;
}

static inline void head_bare(struct buf *out)
{
	struct head h = head_base();
	ok(head_encode(&h, out));
}

static inline void get_entries(struct applied_entry v[3])
{
	v[0] = (struct applied_entry){ hash_of(1), 5, id_of(2) };
	v[1] = (struct applied_entry){ hash_of(1), 7, id_of(3) };
	v[2] = (struct applied_entry){ hash_of(4), 300, id_of(5) };
}

static inline void head_full(struct buf *out)
{
	struct applied_entry entries[3];
	struct extension ext = { 7, span_str("ext") };
	struct head h = head_base();
	get_entries(entries);
	h.flags = HEAD_SETTLED;
	h.features = UINT64_C(1) << 63;
	h.applied = (struct applied){ .v = entries, .n = 3 };
	h.has_checkpoint = true;
	h.manifest = id_of(6);
	h.manifest_hash = hash_of(7);
	h.manifest_epoch = 3;
	h.manifest_epoch_id = hash_of(8);
	h.extensions = (struct extensions){ .v = &ext, .n = 1 };
	ok(head_encode(&h, out));
}

static inline void manifest_full(struct buf *out)
{
	struct applied_entry entries[3];
	struct extension ext = { 1, span_str("x") };
	struct behind behind[] = { { 0, 2, 0 }, { 2, 0, 4 } };
	struct chunk chunks[] = { { id_of(6), hash_of(7), 4096 }, { id_of(8), hash_of(9), MANIFEST_CHUNK_MAX } };
	struct manifest m = { .stream = STREAM, .lamport = 300, .rules = 1, .records = 1000 };
	get_entries(entries);
	m.digest = hash_of(1);
	m.tree = hash_of(2);
	m.applied = (struct applied){ .v = entries, .n = 3 };
	m.behind = behind;
	m.chunks = chunks;
	m.behind_n = m.chunks_n = 2;
	m.extensions = (struct extensions){ .v = &ext, .n = 1 };
	ok(manifest_encode(&m, out));
}

static inline struct epoch_at epoch_of_vectors(void)
{
	return (struct epoch_at){ id_of(1), hash_of(2), 3, hash_of(4) };
}

static inline void put_name(struct buf *out, const char *name)
{
	assert_true(hex_decode(name, buf_extend(out, ID_LEN), ID_LEN));
}

static inline void derived_names(struct buf *out)
{
	struct epoch_at at = epoch_of_vectors();
	struct key root, keys[3];
	char name[6][OBJECT_NAME];
	memset(root.b, 5, sizeof(root.b));
	for (enum key_purpose k = KEY_NAMES; k <= KEY_BLOCKS; k++) {
		ok(epoch_key(&root, &at, k, &keys[k]));
		buf_put(out, keys[k].b, sizeof(keys[k].b));
	}
	ok(name_commit(&keys[0], hash_of(6), 300, 2, name[0]));
	ok(name_head(&keys[0], hash_of(6), name[1]));
	ok(name_join(&keys[0], 7, name[2]));
	ok(name_root(&keys[0], id_of(8), name[3]));
	ok(name_copy(&keys[0], hash_of(9), name[4]));
	ok(name_guide(&keys[0], name[5]));
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		put_name(out, name[i]);
}

static inline void derived_hash(struct buf *out)
{
	struct epoch_at at = epoch_of_vectors();
	struct hash h;
	ok(object_hash(&(struct object_place){ .epoch = &at, .type = OBJECT_COMMIT }, span_str("contents"), &h));
	buf_hash(out, h);
}

static inline void derived_sizes(struct buf *out)
{
	const uint64_t sizes[] = { 0, 1, 4096, 4097, 262144, 262145, 300000, 9 << 20 };
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		buf_u64(out, object_size(sizes[i]));
}
