/* SPDX-License-Identifier: MIT
 * One device with a vault of format 2, for tests of what it publishes: a real engine over a map in memory and a store
 * in memory, with faults between. What it does to files is said in drafts: the file system is above all this. A reader
 * has nothing but the store. Includers use only some of it.
 */
#pragma once

#include "cache/base_mem.h"
#include "remote/backends/mem.h"
#include "remote/layers/fault.h"
#include "remote/open.h"
#include "sync/bootstrap.h"
#include "sync/members/guided.h"
#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "sync/pull/pull.h"
#include "sync/saved.h"
#include "sync/status.h"
#include "tests/unit/changeset_util.h"
#include "vault/changeset/numbers.h"
#include "vault/join/digest.h"
#include "vault/join/group_decode.h"
#include "vault/join/segment.h"
#include "vault/join/vault_key.h"
#include "vault/objects/block.h"
#include "vault/keys/create.h"
#include "vault/records/placed.h"
#include "vault/records/record.h"

#define UNUSED __attribute__((unused))

struct desk {
	struct store *real, *store; /* in memory; the faults before it */
	struct create made;
	struct genesis genesis; /* points into it */
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
	struct key blocks;        /* KEY_BLOCKS of epoch 1 */
	struct signer_mine *mine; /* of `made`; of a reader another, its own */
	uint64_t number;          /* of its stream */
	struct base *base;
	struct map *map;
	struct sync *sync;
	struct changeset *c;
	struct numbers numbers;
	int64_t now; /* of the clock, ns: each look at it is a second later */
};

/* -- the machine ------------------------------------------------------------------------------------------------- */

static int64_t desk_clock(void *ctx)
{
	struct desk *d = ctx;
	return __atomic_add_fetch(&d->now, NS_PER_S, __ATOMIC_SEQ_CST);
}

static struct bootstrap desk_bootstrap(struct desk *d)
{
	struct bootstrap b = { .store = d->store,
		               .map = d->map,
		               .keyring = d->made.keyring,
		               .members = { d->named, d->named_n, d->mine },
		               .made = &d->made,
		               .device_name = "desk",
		               .clock = { desk_clock, desk_clock, d } };
	return b;
}

static void desk_map(struct desk *d)
{
	static const struct key key = { { 9 } };
	struct map_config c = { .key = &key, .commit_ms = 1000000, .base = d->base };
	ok(map_open(&c, &d->map, NULL));
}

static void desk_sync(struct desk *d)
{
	struct bootstrap b = desk_bootstrap(d);
	struct sync_config c = bootstrap_config(&b);
	struct why why = { 0 };
	c.checkpoint_min = UINT32_MAX; /* never */
	if (sync_open(&c, &d->sync, &why))
		fail_msg("sync_open: %s", why.text);
}

static UNUSED void desk_open(struct desk *d)
{
	desk_sync(d);
	d->number = streams_find(d->sync, d->sync->stream)->number;
	ok(changeset_open(d->map, d->number, &d->c));
	sync_attach(d->sync, &(struct sync_attached){ .changeset = d->c });
}

/* desk_close: the engine is gone without a word; the map stays. */
static UNUSED void desk_close(struct desk *d)
{
	sync_freep(&d->sync);
	changeset_freep(&d->c);
}

/* desk_cut: power is off and on again: what the map had not committed is lost. */
static UNUSED void desk_cut(struct desk *d)
{
	struct base *copy = NULL;
	ok(base_mem_copy(d->base, &copy));
	desk_close(d);
	ok(map_close(d->map));
	d->base = copy;
	desk_map(d);
	desk_open(d);
}

static UNUSED void desk_make(struct desk *d)
{
	struct span genesis;
	*d = (struct desk){ .real = store_mem_new(), .now = 1700000000 * NS_PER_S };
	d->store = fault_new(d->real, 1);
	ok(create_draw(&(struct create_wish){ .cipher = CIPHER_AES256GCM, .now = 1700000000 }, &d->made));
	ok(genesis_check(buf_span(&d->made.genesis), &d->genesis, &genesis));
	ok(genesis_named(&d->genesis, d->named, &d->named_n));
	ok(keyring_key(d->made.keyring, 1, KEY_BLOCKS, &d->blocks));
	d->mine = d->made.device;
	ok(base_mem_open(&d->base));
	desk_map(d);
}

/* desk_begin: a vault with its first commit on the store. */
static UNUSED void desk_begin(struct desk *d)
{
	struct why why = { 0 };
	desk_make(d);
	struct bootstrap b = desk_bootstrap(d);
	if (bootstrap_create(&b, &why))
		fail_msg("bootstrap_create: %s", why.text);
	desk_open(d);
}

static UNUSED void desk_end(struct desk *d)
{
	desk_close(d);
	ok(map_close(d->map));
	store_close(d->store);
	create_free(&d->made);
}

static UNUSED struct sync_status desk_status(struct desk *d)
{
	struct sync_status st;
	sync_status(d->sync, &st);
	return st;
}

static UNUSED struct saved desk_saved(struct desk *d)
{
	struct saved now;
	sync_saved(d->sync, 0, &now);
	return now;
}

static UNUSED int held_visit(void *ctx, struct span key, struct span value)
{
	(void)value;
	return (int)records_gone(ctx, key);
}

/* desk_held: blocks that are kept here until the store has them. */
static UNUSED size_t desk_held(struct desk *d)
{
	static const uint8_t prefix = QUEUE_UPLOAD_PINNED;
	cleanup(records_free) struct records all = RECORDS_INIT;
	ok(map_scan(d->map, MAP_QUEUE, SPAN(&prefix, 1), SPAN(NULL, 0), held_visit, &all));
	return all.n;
}

/* desk_waiting: blocks that are in no segment yet. */
static UNUSED size_t desk_waiting(struct desk *d)
{
	return desk_saved(d).blocks;
}

static UNUSED void desk_step(struct desk *d)
{
	err_t e = sync_step(d->sync);
	if (e)
		fail_msg("sync_step: %s: %s", err_text(e), desk_status(d).last_text);
	assert_string_equal(desk_status(d).last_text, "");
}

/* -- what a person does ------------------------------------------------------------------------------------------ */

/* desk_block: sealed, waiting for a segment. */
static void desk_block(struct desk *d, struct batch *b, struct version_rec *v, uint8_t fill)
{
	cleanup_free uint8_t *data = malloc(v->size);
	cleanup(buf_free) struct buf sealed = BUF_INIT, waits = BUF_INIT;
	struct pending_block p = { .length = (uint32_t)v->size, .epoch = 1, .order = (uint64_t)d->now };
	uint8_t file_key[32] = { fill };
	memset(data, fill, v->size);
	struct block_keys k = { keyring_cipher(d->made.keyring), &d->blocks, file_key };
	ok(block_seal(&k, SPAN(data, v->size), &sealed, &p.hash));
	struct id id = block_id(p.hash);
	struct rkey key = key_queue(QUEUE_BLOCK, id);
	pending_block_encode(&p, &waits);
	batch_put(b, MAP_QUEUE, rkey_span(&key), buf_span(&waits));
	batch_put_buf(b, MAP_BLOCK, id_span(&id), &sealed);
	buf_id(&v->payload, id);
	buf_put(&v->payload, file_key, sizeof(file_key));
}

/* desk_write: a new file of one block, or of none and inline. */
static UNUSED uint64_t desk_write(struct desk *d, const char *name, uint32_t size, uint8_t fill)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	struct inode_head h = { .type = 8 };
	operation_begin(&o, d->c);
	struct stamp at = changeset_tick(d->c);
	ok(numbers_ino(&d->numbers, at, &h.ino, &h.birth));
	struct link_rec l = link_of(h.ino, LID_FIRST, at, name);
	struct version_rec v = version_of(h.ino, (struct version_id){ at, { { fill } } }, "");
	v.size = size;
	v.contents = size > 1024 ? CONTENTS_BLOCK : CONTENTS_INLINE;
	if (size > 1024)
		desk_block(d, b, &v, fill);
	else
		memset(buf_extend(&v.payload, size), fill, size);
	ok(draft_put_head(&o.draft, &h));
	ok(draft_put_link(&o.draft, &l));
	ok(draft_put_version(&o.draft, &v));
	ok(operation_apply(&o, b));
	operation_end(&o);
	version_rec_free(&v);
	return h.ino;
}

/* -- comparing --------------------------------------------------------------------------------------------------- */

static err_t desk_gather(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static UNUSED void desk_published(struct map *m, struct records *ret)
{
	struct view v = published_view(m);
	ok(v.scan(v.ctx, SPAN(NULL, 0), SPAN(NULL, 0), desk_gather, ret));
}

/* desk_check: the digest kept is that of the records. */
static UNUSED void desk_check(struct desk *d)
{
	struct view v = published_view(d->map);
	struct lthash h = { 0 };
	ok(digest_state(&h, &v));
	assert_memory_equal(&h, &d->sync->st.digest, sizeof(h));
}

/* reader_check_segment: its object is on the store, and each block in it as its hash says and where `d` thinks. */
static void reader_check_segment(struct desk *d, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct vault_name name;
	char object[OBJECT_NAME];
	uint64_t at = 0;
	if (vault_key_parse(key, &name) || name.kind != SHARED_SEGMENT)
		return;
	ok(record_decode(value, &r));
	ok(segment_get_facts(group_find(group_all(&r), 1)->bytes, &f));
	name_id(name.id, object);
	ok(store_get_sync(d->real, object, 0, 0, 0, &body));
	assert_int_equal(body.len, segment_size(&f));
	for (size_t i = 0; i < f.blocks_n; i++) {
		uint32_t sealed = segment_sealed(f.blocks[i].length);
		struct rkey k = key_id(REC_PLACED, block_id(f.blocks[i].hash));
		cleanup(buf_free) struct buf v = BUF_INIT;
		struct placed p;
		ok(block_check(SPAN(body.p + at, sealed), f.blocks[i].length, f.blocks[i].hash));
		ok(map_get(d->map, MAP_RECORDS, rkey_span(&k), &v));
		ok(placed_decode(buf_span(&v), &p));
		assert_true(id_eq(p.segment, name.id) && p.index == i && p.offset == at);
		assert_true(p.length == f.blocks[i].length && p.epoch == 1);
		at += sealed;
	}
}

/* reader_check: who has the store alone comes to the same published records and digest, has nothing to complain of, and
 * finds all blocks. Nothing of ours may be on its way. */
static UNUSED void reader_check(struct desk *d)
{
	const struct key seed = { { 6 } };
	struct desk r = { .real = d->real, .store = d->real, .made = d->made, .named_n = d->named_n, .number = 7 };
	cleanup(records_free) struct records here = RECORDS_INIT, there = RECORDS_INIT;
	bool applied = false;
	memcpy(r.named, d->named, sizeof(r.named));
	ok(signer_mine_of(d->mine->vault, SIGNER_DEVICE, &seed, &seed, &r.mine)); /* nobody let it in: it only reads */
	ok(base_mem_open(&r.base));
	desk_map(&r);
	struct bootstrap b = desk_bootstrap(&r);
	ok(bootstrap_fresh(&b));
	desk_sync(&r);
	ok(changeset_open(r.map, r.number, &r.c));
	sync_attach(r.sync, &(struct sync_attached){ .changeset = r.c });
	ok(guided_read(r.sync));
	ok(pull_run(r.sync, &applied));
	assert_string_equal(sync_alarm_text(r.sync), "");
	assert_int_equal(streams_number(r.sync, d->number)->applied.n, d->sync->st.n);
	desk_published(d->map, &here);
	desk_published(r.map, &there);
	same_tables(&here, &there);
	assert_memory_equal(&r.sync->st.digest, &d->sync->st.digest, sizeof(struct lthash));
	for (size_t i = 0; i < here.n; i++) {
		reader_check_segment(d, records_key(here.v[i]), buf_span(&here.v[i]->value));
		reader_check_segment(&r, records_key(here.v[i]), buf_span(&here.v[i]->value));
	}
	desk_close(&r);
	secret_free(r.mine);
	ok(map_close(r.map));
}
