/* SPDX-License-Identifier: MIT
 * Files of one block on the devices of a fleet (sync_fleet.h): written as the file system does it, read as another
 * device would. Includers use only some of it.
 */
#pragma once

#include "sync/core/epoch.h"
#include "sync/fetch/block_where.h"
#include "sync/saved.h"
#include "tests/sync_fleet.h"
#include "vault/join/shared.h"
#include "vault/objects/block.h"
#include "vault/keys/epoch_keys.h"
#include "vault/records/record.h"

/* files_blocks: KEY_BLOCKS of an epoch; all of these tests' are named by genesis. */
static void files_blocks(const struct fleet *f, struct key *ret)
{
	cleanup(key_wipe) struct key root;
	struct epoch_at at = { .number = 1, .vault = keyring_vault(f->v->keyring) };
	at.genesis = at.id = keyring_genesis(f->v->keyring);
	ok(keyring_epoch_root(f->v->keyring, 1, &root));
	ok(epoch_key(&root, &at, KEY_BLOCKS, ret));
}

/* files_seal: `len` bytes of `fill`, waiting for a segment; what a version says of them. */
static void files_seal(const struct fleet *f, struct batch *b, uint32_t len, uint8_t fill, struct buf *payload)
{
	cleanup(key_wipe) struct key blocks;
	cleanup(buf_free) struct buf sealed = BUF_INIT, waits = BUF_INIT;
	cleanup_free uint8_t *data = malloc(len);
	struct pending_block p = { .length = len, .epoch = 1, .order = (uint64_t)clock_system().mono(NULL) };
	uint8_t file_key[32] = { fill };
	struct block_keys k = { keyring_cipher(f->v->keyring), &blocks, file_key };
	assert_non_null(data);
	memset(data, fill, len);
	files_blocks(f, &blocks);
	ok(block_seal(&k, SPAN(data, len), &sealed, &p.hash));
	struct id id = block_id(p.hash);
	struct rkey key = key_queue(QUEUE_BLOCK, id);
	pending_block_encode(&p, &waits);
	batch_put(b, MAP_QUEUE, rkey_span(&key), buf_span(&waits));
	batch_put_buf(b, MAP_BLOCK, id_span(&id), &sealed);
	buf_id(payload, id);
	buf_put(payload, file_key, sizeof(file_key));
}

static err_t files_say(struct work_op *op, const struct spot *at, const struct act_contents *c, bool there)
{
	const struct act_attrs none = { NULL, 0 };
	enum refusal refusal = REFUSED_NOT;
	uint64_t ino;
	err_t e = there ? contents_write(op->act, at, c, &none, &refusal)
	                : names_create(op->act, at, &(struct act_new){ .type = 8, .contents = c }, &ino, &refusal);
	assert_int_equal(refusal, REFUSED_NOT);
	return e;
}

/* file_write: makes a file in the root directory, or replaces its contents. */
static UNUSED void file_write(struct fleet *f, struct ship *d, const char *name, uint32_t len, uint8_t fill)
{
	cleanup(buf_free) struct buf payload = BUF_INIT;
	struct act_contents c = { .kind = CONTENTS_BLOCK, .size = len };
	struct work_op op;
	struct spot at;
	struct hash tag;
	guard(&d->names);
	bool there = ship_has(d, name);
	ok(ship_find(d, name, &at));
	ok(work_begin(d->work, &op));
	files_seal(f, op.batch, len, fill, &payload);
	ok(crypto_sha256(buf_span(&payload), &tag));
	c.tag = id_from(tag.b);
	c.payload = buf_span(&payload);
	ok(files_say(&op, &at, &c, there));
	ok(work_apply(&op));
	work_end(&op);
}

static UNUSED void file_remove(struct ship *d, const char *name)
{
	guard(&d->names);
	ship_must(d, DEED_UNLINK, name, NULL);
}

static UNUSED bool file_is_there(struct ship *d, const char *name)
{
	guard(&d->names);
	return ship_has(d, name);
}

/* files_version: what is shown as `name`. */
static void files_version(struct ship *d, const char *name, struct version_rec *ret)
{
	struct work_entry x;
	struct work_number n;
	guard(&d->names);
	if (work_lookup(d->work, INO_ROOT, span_str(name), &x))
		fail_msg("%s is not there", name);
	ok(work_number(d->work, x.ino, &n));
	ok(shared_version(work_view(d->work), n.version_home, n.version, ret));
}

/* file_where: in which segment its block is. */
static UNUSED struct block_where file_where(struct ship *d, const char *name)
{
	struct version_rec v = { 0 };
	struct block_where w;
	files_version(d, name, &v);
	assert_int_equal(v.contents, CONTENTS_BLOCK);
	ok(block_where(d->map, id_from(v.payload.p), &w));
	version_rec_free(&v);
	return w;
}

/* file_check: its bytes, from the store. */
static UNUSED void file_check(struct fleet *f, struct ship *d, const char *name, uint32_t len, uint8_t fill)
{
	cleanup(key_wipe) struct key blocks;
	cleanup(buf_free) struct buf body = BUF_INIT;
	cleanup_free uint8_t *data = malloc(len);
	struct block_where w = file_where(d, name);
	struct version_rec v = { 0 };
	char object[OBJECT_NAME];
	files_version(d, name, &v);
	assert_non_null(data);
	assert_int_equal(v.size, len);
	files_blocks(f, &blocks);
	struct block_keys k = { keyring_cipher(f->v->keyring), &blocks, v.payload.p + ID_LEN };
	name_id(w.rec.segment, object);
	ok(store_get_sync(d->store, object, w.rec.offset, w.sealed, 0, &body));
	ok(block_check(buf_span(&body), len, w.rec.hash));
	ok(block_open(&k, buf_span(&body), 0, len, data));
	for (uint32_t i = 0; i < len; i++)
		assert_int_equal(data[i], fill);
	version_rec_free(&v);
}

struct objects {
	size_t n;
	uint64_t bytes;
};
static enum store_list_next files_count(void *ctx, const char *name, uint64_t size)
{
	struct objects *o = ctx;
	(void)name;
	o->n++;
	o->bytes += size;
	return STORE_LIST_NEXT;
}
static UNUSED struct objects fleet_objects(struct fleet *f)
{
	struct objects o = { 0 };
	ok(f->shared->ops->list(f->shared, files_count, &o));
	return o;
}
static UNUSED struct sync_status ship_status(struct ship *d)
{
	struct sync_status st;
	sync_status(d->sync, &st);
	return st;
}

static UNUSED struct saved ship_saved(struct ship *d)
{
	struct saved now;
	sync_saved(d->sync, 0, &now);
	return now;
}

/* ships_same: the same is published on both. */
static UNUSED void ships_same(struct ship *a, struct ship *b)
{
	cleanup(records_free) struct records x = RECORDS_INIT, y = RECORDS_INIT;
	struct view v = published_view(a->map), w = published_view(b->map);
	ok(v.scan(v.ctx, SPAN(NULL, 0), SPAN(NULL, 0), ship_gather, &x));
	ok(w.scan(w.ctx, SPAN(NULL, 0), SPAN(NULL, 0), ship_gather, &y));
	same_tables(&x, &y);
}

/* Names of objects under epoch 1: part `part` of a commit, and a head. */
static UNUSED void ship_commit_name(struct fleet *f, struct ship *d, uint64_t n, uint32_t part, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, streams_find(d->sync, d->stream)->hash, n, part, name));
}
static UNUSED void ship_head_name(struct fleet *f, struct ship *d, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->v->keyring, 1, &epoch));
	ok(name_head(&epoch.names, streams_find(d->sync, d->stream)->hash, name));
}

/* ship_restart: with all that the map had applied. */
static UNUSED void ship_restart(struct fleet *f, struct ship *d)
{
	ok(map_commit(d->map));
	ship_crash(f, d);
}
