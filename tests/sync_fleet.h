/* SPDX-License-Identifier: MIT
 * A fleet of devices in one process, for tests of sync/: in-memory maps over one in-memory store with a fault layer.
 * A device is dropped and opened again over its map like after SIGKILL. Includers use only some of it.
 */
#pragma once

#include "remote/layers/fault.h"
#include "remote/backends/mem.h"
#include "remote/open.h"
#include "sync/bootstrap.h"
#include "util/cleanup.h"
#include "vault/objects/block.h"
#include "vault/objects/object.h"
#include "vault/txn/txn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <cmocka.h>

#define FLEET_PASS "correct horse"
#define UNUSED __attribute__((unused))

struct dev {
	struct map *map;
	struct keyring *keyring;
	struct key seed;
	struct id id, stream;
	struct store *store; /* the fault layer of this device */
	struct sync *sync;
	unsigned checkpoint_min;
	bool idle; /* does nothing of its own accord: settling and polling take an hour */
	uint64_t next_ino;
	uint64_t changed; /* records that other devices changed */
};
struct relay { /* a store that passes on to a shared one, so that each device has its own fault layer */
	struct store store;
	struct store *to;
};
struct fleet {
	struct store *shared; /* in memory */
	struct header *header;
	struct dev d[4];
	size_t n;
	uint64_t seed;
};

static void relay_put(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct relay *)s)->to;
	to->ops->put(to, r);
}
static void relay_get(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct relay *)s)->to;
	to->ops->get(to, r);
}
static void relay_del(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct relay *)s)->to;
	to->ops->del(to, r);
}
static err_t relay_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct store *to = ((struct relay *)s)->to;
	return to->ops->list(to, fn, ctx);
}
static err_t relay_check(struct store *s, bool create, struct why *why)
{
	struct store *to = ((struct relay *)s)->to;
	return to->ops->check(to, create, why);
}
static void relay_shutdown(struct store *s)
{
	(void)s;
}
static void relay_destroy(struct store *s)
{
	free(s);
}
static const struct store_ops relay_ops = { .put = relay_put,
	                                    .get = relay_get,
	                                    .del = relay_del,
	                                    .list = relay_list,
	                                    .check = relay_check,
	                                    .shutdown = relay_shutdown,
	                                    .destroy = relay_destroy };

static struct store *relay_new(struct store *to)
{
	struct relay *v = calloc(1, sizeof(*v));
	assert_non_null(v);
	*v = (struct relay){ { &relay_ops }, to };
	return &v->store;
}

static void dev_changed(void *ctx, struct span key, struct span before, struct span after)
{
	(void)key, (void)before, (void)after;
	((struct dev *)ctx)->changed++;
}

static struct sync_config dev_config(struct dev *d)
{
	struct sync_config c = { .store = d->store,
		                 .map = d->map,
		                 .keyring = d->keyring,
		                 .device_seed = &d->seed,
		                 .clock = clock_system(),
		                 .quiesce_ms = d->idle ? 3600000 : 20,
		                 .poll_ms = d->idle ? 3600000 : 20,
		                 .checkpoint_min = d->checkpoint_min,
		                 .changed = dev_changed,
		                 .ctx = d };
	c.device = d->id;
	c.stream = d->stream;
	return c;
}

static UNUSED void dev_open(struct dev *d)
{
	struct sync_config c = dev_config(d);
	struct why why = { 0 };
	if (sync_open(&c, &d->sync, &why))
		fail_msg("sync_open: %s", why.text);
}

/* dev_crash: the engine is gone without a word; what the map was promised is there. */
static UNUSED void dev_crash(struct dev *d)
{
	sync_freep(&d->sync);
}

static struct bootstrap dev_bootstrap(struct fleet *f, struct dev *d, const char *name)
{
	struct bootstrap b = { .store = d->store,
		               .map = d->map,
		               .keyring = d->keyring,
		               .header = f->header,
		               .device_seed = &d->seed,
		               .device_name = name,
		               .clock = clock_system() };
	b.device = d->id;
	b.stream = d->stream;
	return b;
}

static struct dev *dev_new(struct fleet *f)
{
	static const struct key map_key = { { 9 } };
	struct map_config c = { .key = &map_key, .commit_ms = 20 };
	struct dev *d = &f->d[f->n++];
	assert_int_equal(crypto_random(d->seed.b, 32), ERR_OK);
	assert_int_equal(crypto_random_id(&d->id), ERR_OK);
	assert_int_equal(crypto_random_id(&d->stream), ERR_OK);
	d->next_ino = (uint64_t)f->n << 32;
	assert_int_equal(map_open(&c, &d->map, NULL), ERR_OK);
	d->store = fault_new(relay_new(f->shared), f->seed + f->n);
	return d;
}

/* fleet_new: a vault with one device, its first commit on the store, its engine open. */
static UNUSED void fleet_new(struct fleet *f, uint64_t seed)
{
	*f = (struct fleet){ .seed = seed, .shared = store_mem_new() };
	assert_non_null(f->shared);
	struct dev *d = dev_new(f);
	char *recovery = NULL;
	struct why why = { 0 };
	struct vault_create vc = { .passphrase = span_str(FLEET_PASS),
		                   .kdf = { KDF_FLOOR_KIB, 1, 1 },
		                   .device_name = "desk",
		                   .device_seed = &d->seed,
		                   .now = 1700000000 };
	vc.device_id = d->id;
	vc.stream = d->stream;
	assert_int_equal(header_create(&vc, &f->header, &d->keyring, &recovery), ERR_OK);
	secret_free(recovery);
	struct bootstrap b = dev_bootstrap(f, d, "desk");
	if (bootstrap_create(&b, &why))
		fail_msg("bootstrap_create: %s", why.text);
	dev_open(d);
}

/* fleet_try_join: a further device, from the store alone. */
static UNUSED err_t fleet_try_join(struct fleet *f, const char *name, struct dev **ret, struct why *why)
{
	struct slot *slot = NULL;
	struct dev *d = dev_new(f);
	assert_int_equal(header_unlock(f->header, SLOT_PASSPHRASE, span_str(FLEET_PASS), &d->keyring, &slot, NULL),
	                 ERR_OK);
	struct bootstrap b = dev_bootstrap(f, d, name);
	err_t e = bootstrap_join(&b, slot, why);
	slot_freep(&slot);
	*ret = d;
	if (!e)
		dev_open(d);
	return e;
}

static UNUSED struct dev *fleet_join(struct fleet *f, const char *name)
{
	struct why why = { 0 };
	struct dev *d;
	if (fleet_try_join(f, name, &d, &why))
		fail_msg("bootstrap_join: %s", why.text);
	return d;
}

static UNUSED void fleet_free(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++) {
		sync_freep(&f->d[i].sync);
		store_close(f->d[i].store);
		assert_int_equal(map_close(f->d[i].map), ERR_OK);
		keyring_freep(&f->d[i].keyring);
	}
	store_close(f->shared);
	header_freep(&f->header);
}

static UNUSED void dev_step(struct dev *d)
{
	err_t e = sync_step(d->sync);
	if (e) {
		struct sync_status st;
		sync_status(d->sync, &st);
		fail_msg("sync_step: %s: %s", err_text(e), st.last_text);
	}
}

/* --- operations, as the file system makes them --- */
static UNUSED uint64_t name_of(struct dev *d, const char *name)
{
	uint64_t hash;
	assert_int_equal(namehash_of(keyring_namehash(d->keyring), span_str(name), &hash), ERR_OK);
	return hash;
}

static UNUSED uint64_t dev_lookup(struct dev *d, const char *name)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey key = key_ino_hash(REC_DIRENT, INO_ROOT, name_of(d, name));
	struct dirent_rec list[DIRENT_TIES_MAX];
	size_t n;
	err_t e = map_get(d->map, MAP_RECORDS, rkey_span(&key), &v);
	if (e == ERR_NOTFOUND)
		return 0;
	assert_int_equal(e, ERR_OK);
	assert_int_equal(dirent_decode(buf_span(&v), list, &n), ERR_OK);
	return list[0].ino;
}

/* put_extent: one block of `len` bytes of `fill` as the file's only contents. */
static UNUSED void put_extent(struct dev *d, struct txn *t, struct inode_rec *in, uint32_t len, uint8_t fill)
{
	cleanup(buf_free) struct buf sealed = BUF_INIT, v = BUF_INIT;
	cleanup_free uint8_t *data = malloc(len);
	struct extent p = { .len = len };
	struct pending_block pb;
	assert_non_null(data);
	memset(data, fill, len);
	assert_int_equal(block_seal(d->keyring, in->file_key, SPAN(data, len), &p.block, &pb, &sealed), ERR_OK);
	txn_block(t, p.block, &pb, &sealed);
	struct rkey key = key_extents(in->content, 0);
	extents_encode(&p, 1, &v);
	txn_put(t, rkey_span(&key), &v);
}

/* dev_write: makes or replaces a file of one block. */
static UNUSED void dev_write(struct dev *d, const char *name, uint32_t len, uint8_t fill)
{
	cleanup(txn_freep) struct txn *t = txn_begin(d->map);
	cleanup(buf_free) struct buf v = BUF_INIT, old = BUF_INIT;
	struct inode_rec in = { .mode = S_IFREG | 0644, .ino = dev_lookup(d, name), .size = len };
	bool fresh = !in.ino;
	if (fresh)
		in.ino = ++d->next_ino;
	struct rkey key = key_ino(REC_INODE, in.ino);
	if (!fresh) {
		struct inode_rec was;
		assert_int_equal(map_get(d->map, MAP_RECORDS, rkey_span(&key), &old), ERR_OK);
		assert_int_equal(inode_decode(buf_span(&old), &was), ERR_OK);
		struct rkey ext = key_extents(was.content, 0);
		txn_del(t, rkey_span(&ext));
	}
	assert_int_equal(crypto_random_id(&in.content), ERR_OK);
	assert_int_equal(crypto_random_id(&in.version), ERR_OK);
	assert_int_equal(crypto_random_id(&in.birth), ERR_OK);
	assert_int_equal(crypto_random(in.file_key, 32), ERR_OK);
	put_extent(d, t, &in, len, fill);
	inode_encode(&in, &v);
	txn_put(t, rkey_span(&key), &v);
	if (fresh) {
		struct rkey dk = key_ino_hash(REC_DIRENT, INO_ROOT, name_of(d, name));
		struct dirent_rec de = { span_str(name), in.ino, S_IFREG };
		buf_clear(&v);
		dirent_encode(&de, 1, &v);
		txn_put(t, rkey_span(&dk), &v);
	}
	assert_int_equal(txn_apply(t), ERR_OK);
}

static UNUSED void dev_remove(struct dev *d, const char *name)
{
	cleanup(txn_freep) struct txn *t = txn_begin(d->map);
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey key = key_ino(REC_INODE, dev_lookup(d, name)),
	            dk = key_ino_hash(REC_DIRENT, INO_ROOT, name_of(d, name));
	struct inode_rec in;
	assert_int_equal(map_get(d->map, MAP_RECORDS, rkey_span(&key), &v), ERR_OK);
	assert_int_equal(inode_decode(buf_span(&v), &in), ERR_OK);
	struct rkey ext = key_extents(in.content, 0);
	txn_del(t, rkey_span(&ext));
	txn_del(t, rkey_span(&key));
	txn_del(t, rkey_span(&dk));
	assert_int_equal(txn_apply(t), ERR_OK);
}

/* dev_check_file: the bytes as another device would get them: block record, range of the segment, hash, opened. */
static UNUSED void dev_check_file(struct dev *d, const char *name, uint32_t len, uint8_t fill)
{
	cleanup(buf_free) struct buf v = BUF_INIT, body = BUF_INIT;
	struct rkey key = key_ino(REC_INODE, dev_lookup(d, name));
	struct inode_rec in;
	struct extent p;
	struct block_rec rec;
	char object[OBJECT_NAME];
	struct hash hash;
	size_t n;
	if (map_get(d->map, MAP_RECORDS, rkey_span(&key), &v))
		fail_msg("%s is not there", name);
	assert_int_equal(inode_decode(buf_span(&v), &in), ERR_OK);
	assert_int_equal(in.size, len);
	struct rkey ext = key_extents(in.content, 0);
	uint8_t file_key[32];
	memcpy(file_key, in.file_key, 32);
	assert_int_equal(map_get(d->map, MAP_RECORDS, rkey_span(&ext), &v), ERR_OK);
	assert_int_equal(extents_decode(buf_span(&v), 0, &p, 1, &n), ERR_OK);
	struct rkey block = key_id(REC_BLOCK, p.block);
	assert_int_equal(map_get(d->map, MAP_RECORDS, rkey_span(&block), &v), ERR_OK);
	assert_int_equal(block_rec_decode(buf_span(&v), &rec), ERR_OK);
	name_id(rec.segment, object);
	uint32_t sealed = block_sealed_size(len);
	assert_int_equal(store_get_sync(d->store, object, rec.offset, sealed, 0, &body), ERR_OK);
	assert_int_equal(crypto_sha256(buf_span(&body), &hash), ERR_OK);
	assert_true(hash_eq(hash, rec.hash));
	cleanup_free uint8_t *data = malloc(len);
	assert_int_equal(
	        block_open(d->keyring, BLOCK_REF(file_key, p.block, rec.epoch, len), buf_span(&body), 0, len, data),
	        ERR_OK);
	for (uint32_t i = 0; i < len; i++)
		assert_int_equal(data[i], fill);
}

static UNUSED struct block_rec dev_block(struct dev *d, const char *name)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	struct rkey key = key_ino(REC_INODE, dev_lookup(d, name));
	struct inode_rec in;
	struct block_rec rec;
	struct extent p;
	size_t n;
	assert_int_equal(map_get(d->map, MAP_RECORDS, rkey_span(&key), &v), ERR_OK);
	assert_int_equal(inode_decode(buf_span(&v), &in), ERR_OK);
	struct rkey ext = key_extents(in.content, 0);
	assert_int_equal(map_get(d->map, MAP_RECORDS, rkey_span(&ext), &v), ERR_OK);
	assert_int_equal(extents_decode(buf_span(&v), 0, &p, 1, &n), ERR_OK);
	struct rkey block = key_id(REC_BLOCK, p.block);
	assert_int_equal(map_get(d->map, MAP_RECORDS, rkey_span(&block), &v), ERR_OK);
	assert_int_equal(block_rec_decode(buf_span(&v), &rec), ERR_OK);
	return rec;
}

/* --- comparing --- */
static int fleet_digest_one(void *ctx, struct span key, struct span value)
{
	if (((const uint8_t *)key.p)[0] >= MAP_LOCAL)
		return MAP_STOP;
	return value.p ? (int)lthash_add(ctx, key, value) : ERR_DAMAGED;
}

static UNUSED void dev_digest(struct dev *d, struct hash *out)
{
	struct lthash h = { { 0 } };
	assert_int_equal(map_scan(d->map, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), fleet_digest_one, &h), ERR_OK);
	assert_int_equal(lthash_digest(&h, out), ERR_OK);
}

static UNUSED void assert_same_map(struct dev *a, struct dev *b)
{
	struct hash x, y;
	dev_digest(a, &x);
	dev_digest(b, &y);
	assert_true(hash_eq(x, y));
}

struct objects {
	size_t n;
	uint64_t bytes;
};
static UNUSED enum store_list_next fleet_count_one(void *ctx, const char *name, uint64_t size)
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
	assert_int_equal(f->shared->ops->list(f->shared, fleet_count_one, &o), ERR_OK);
	return o;
}
static UNUSED struct sync_status dev_status(struct dev *d)
{
	struct sync_status st;
	sync_status(d->sync, &st);
	return st;
}
