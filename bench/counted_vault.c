/* SPDX-License-Identifier: MIT
 * The table of functions of the map's base is replaced by one that counts and passes on, so what is counted is what
 * LMDB is really given. The memtable is read as the map's own files read it, while no commit can run.
 */
#include "bench/counted_vault.h"

#include "cache/map_struct.h"
#include "fs/residency/reclaim.h"
#include "remote/backends/dir.h"
#include "remote/requests/sync_calls.h"
#include "sync/bootstrap.h"
#include "sync/core/epoch.h"
#include "sync/core/state.h"
#include "sync/core/stream.h"
#include "sync/saved.h"
#include "util/cleanup.h"
#include "vault/objects/name.h"

#include <string.h>
#include <sys/stat.h>

#define NEVER_MS 3600000u

struct tally {
	struct base_ops ops; /* first: a base's table of functions is one of these */
	const struct base_ops *real;
	struct lmdb_tally seen;
};
struct counted_vault {
	struct tally tally;
	struct store *store;
	struct create made;
	struct genesis genesis; /* points into it */
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
	struct map *map;
	struct sync *sync;
	struct work *work;
	struct fetch *fetch;
	struct fs *fs;
};

/* --- LMDB --- */
static err_t tally_put(struct base_txn *x, unsigned table, struct span key, size_t len, uint8_t **ret)
{
	struct tally *t = (struct tally *)(uintptr_t)x->ops;
	t->seen.puts++;
	t->seen.bytes += key.len + len;
	return t->real->put(x, table, key, len, ret);
}

static err_t tally_del(struct base_txn *x, unsigned table, struct span key)
{
	struct tally *t = (struct tally *)(uintptr_t)x->ops;
	t->seen.dels++;
	return t->real->del(x, table, key);
}

static void tally_begin(struct tally *t, struct base *b)
{
	*t = (struct tally){ .ops = *b->ops, .real = b->ops };
	t->ops.put = tally_put;
	t->ops.del = tally_del;
	b->ops = &t->ops;
}

static struct lmdb_tally tally_since(const struct tally *t, const struct lmdb_tally *was)
{
	return (struct lmdb_tally){
		.puts = t->seen.puts - was->puts,
		.dels = t->seen.dels - was->dels,
		.bytes = t->seen.bytes - was->bytes,
	};
}

/* written: what this process has handed to write calls so far. Nothing else writes files while LMDB commits. */
static uint64_t written(void)
{
	cleanup_file FILE *f = fopen("/proc/self/io", "r");
	unsigned long long n = 0;
	must(!f || fscanf(f, "rchar: %*u\nwchar: %llu", &n) != 1);
	return n;
}

/* --- the vault --- */
static void open_map(struct counted_vault *v, const char *dir)
{
	static const struct key map_key = { { 9 } };
	char path[4096];
	snprintf(path, sizeof(path), "%s/state", dir);
	must(mkdir(path, 0700));
	struct map_config c = { .dir = path, .key = &map_key, .commit_ms = NEVER_MS };
	must(map_open(&c, &v->map, NULL));
	tally_begin(&v->tally, v->map->base);
}

static struct sync_members members_of(const struct counted_vault *v)
{
	return (struct sync_members){ v->named, v->named_n, v->made.device };
}

static void first_commit(struct counted_vault *v)
{
	struct span genesis;
	const struct create_wish w = { .cipher = CIPHER_AES256GCM, .now = 1700000000 };
	must(create_draw(&w, &v->made));
	must(genesis_check(buf_span(&v->made.genesis), &v->genesis, &genesis));
	must(genesis_named(&v->genesis, v->named, &v->named_n));
	struct bootstrap b = { .store = v->store,
		               .map = v->map,
		               .keyring = v->made.keyring,
		               .members = members_of(v),
		               .made = &v->made,
		               .device_name = "bench",
		               .clock = clock_system() };
	must(bootstrap_create(&b, NULL));
}

static void open_sync(struct counted_vault *v)
{
	struct sync_config c = { .store = v->store,
		                 .map = v->map,
		                 .keyring = v->made.keyring,
		                 .members = members_of(v),
		                 .clock = clock_system(),
		                 .quiesce_ms = NEVER_MS,
		                 .poll_ms = NEVER_MS,
		                 .checkpoint_min = UINT32_MAX };
	must(sync_open(&c, &v->sync, NULL));
}

/* open_work: file system and engine work on one changeset. */
static void open_work(struct counted_vault *v)
{
	struct work_config c = { .map = v->map, .hash = keyring_namehash(v->made.keyring) };
	struct stream own;
	must(stream_own(v->map, &own));
	c.stream = own.number;
	must(work_open(&c, &v->work));
	struct sync_attached at = { work_changeset(v->work), work_follow(v->work), work_closing(v->work) };
	sync_attach(v->sync, &at);
}

struct counted_vault *counted_vault_new(const char *dir)
{
	struct counted_vault *v = calloc(1, sizeof(*v));
	char path[4096];
	must(!v);
	snprintf(path, sizeof(path), "%s/store", dir);
	must(store_dir_open(path, &v->store, NULL));
	must(v->store->ops->check(v->store, true, NULL));
	open_map(v, dir);
	first_commit(v);
	open_sync(v);
	open_work(v);
	v->fetch = fetch_new(v->store, v->map);
	must(!v->fetch);
	struct fs_config fc = { .map = v->map,
		                .work = v->work,
		                .keyring = v->made.keyring,
		                .fetch = v->fetch,
		                .uid = 1000,
		                .gid = 1000,
		                .state_dir = dir };
	must(fs_open(&fc, &v->fs));
	return v;
}

void counted_vault_free(struct counted_vault *v)
{
	fetch_stop(v->fetch);
	must(fs_close(v->fs));
	fetch_freep(&v->fetch);
	sync_freep(&v->sync);
	work_freep(&v->work);
	must(map_close(v->map));
	store_close(v->store);
	create_free(&v->made);
	free(v);
}

struct fs *counted_vault_fs(const struct counted_vault *v)
{
	return v->fs;
}

/* --- moving it on --- */
static uint64_t applied(const struct counted_vault *v)
{
	struct map_stats st;
	map_stats(v->map, &st);
	return st.applied;
}

/* gather: what is buffered is in the memtable, and what removals left in the background is done. */
static void gather(struct counted_vault *v)
{
	map_gather(v->map);
	for (uint64_t before = 0; before != applied(v);) {
		before = applied(v);
		while (reclaim_run(v->fs))
			;
	}
}

void counted_vault_flush(struct counted_vault *v)
{
	gather(v);
	must(map_commit(v->map));
}

void counted_vault_publish(struct counted_vault *v)
{
	counted_vault_flush(v);
	must(sync_step(v->sync));
}

/* --- counting --- */
/* is_shared: of a record: published, or what a changeset says of one. */
static bool is_shared(uint8_t kind)
{
	return kind < MAP_LOCAL || kind == SAID_A || kind == SAID_B;
}

static void count_memtable(const struct counted_vault *v, struct counts *c)
{
	const struct memtable *t = v->map->layers.memtable;
	for (const struct mem_op *op = memtable_first(t); op; op = memtable_after(op)) {
		*(op->del ? &c->dels : &c->puts) += 1;
		if (memtable_find(t, op->table, mem_op_key(op), UINT64_MAX) != op)
			continue; /* written again later */
		if (op->table != MAP_RECORDS)
			c->other++;
		else
			*(is_shared(op->key[0]) ? &c->shared : &c->local) += 1;
	}
}

static void count_wal(struct counted_vault *v, struct counts *c)
{
	struct map_debug was, is;
	map_debug(v->map, &was);
	must(map_sync(v->map));
	map_debug(v->map, &is);
	c->wal = is.wal_used - (is.wal_pass == was.wal_pass ? was.wal_used : 0);
}

static void count_commit(struct counted_vault *v, struct counts *c)
{
	struct lmdb_tally was = v->tally.seen;
	uint64_t disk = written();
	must(map_commit(v->map));
	c->commit_disk = written() - disk;
	c->commit = tally_since(&v->tally, &was);
}

struct held { /* by the store */
	uint64_t bytes;
	const char *name; /* only this one; NULL: all */
};

static enum store_list_next held_add(void *ctx, const char *name, uint64_t size)
{
	struct held *h = ctx;
	if (!h->name || !strcmp(h->name, name))
		h->bytes += size;
	return STORE_LIST_NEXT;
}

static uint64_t held(struct counted_vault *v, const char *name)
{
	struct held h = { .name = name };
	must(v->store->ops->list(v->store, held_add, &h));
	return h.bytes;
}

/* part_size: of a part of the stream's n-th commit; 0: there is none. */
static uint64_t part_size(struct counted_vault *v, const struct epoch *epoch, uint64_t n, uint32_t part)
{
	struct stream own;
	char name[OBJECT_NAME];
	must(stream_own(v->map, &own));
	must(name_commit(&epoch->names, own.hash, n, part, name));
	return held(v, name);
}

/* commits_since: bytes and parts of the stream's commits after number `n`. */
static void commits_since(struct counted_vault *v, uint64_t n, struct counts *c)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	must(epoch_open(v->made.keyring, keyring_epoch(v->made.keyring), &epoch));
	while (part_size(v, &epoch, ++n, 0)) {
		uint64_t size;
		for (uint32_t part = 0; (size = part_size(v, &epoch, n, part)); part++) {
			c->commit_bytes += size;
			c->commit_parts++;
		}
	}
}

static void count_publish(struct counted_vault *v, struct counts *c)
{
	struct lmdb_tally was = v->tally.seen;
	struct sync_status st;
	sync_status(v->sync, &st);
	uint64_t bytes = held(v, NULL);
	must(sync_step(v->sync));
	c->publish = tally_since(&v->tally, &was);
	commits_since(v, st.commits, c);
	c->other_bytes = held(v, NULL) - bytes - c->commit_bytes;
}

/* unpublished: something that was done is in no commit yet. */
static bool unpublished(struct counted_vault *v)
{
	struct saved now;
	sync_saved(v->sync, 0, &now);
	return now.lacks & SAVED_OPEN;
}

struct counts counted_vault_count(struct counted_vault *v, counted_run run, void *ctx)
{
	struct counts c = { 0 };
	must(unpublished(v));
	must(map_commit(v->map));
	uint64_t before = applied(v);
	run(ctx);
	gather(v);
	count_memtable(v, &c);
	must(c.puts + c.dels != applied(v) - before);
	count_wal(v, &c);
	count_commit(v, &c);
	must(c.commit.puts + c.commit.dels < c.shared + c.local + c.other); /* nothing left LMDB out */
	count_publish(v, &c);
	return c;
}

struct counts counted_vault_bulk(struct counted_vault *v, counted_run run, void *ctx)
{
	struct counts c = { 0 };
	must(unpublished(v));
	struct lmdb_tally was = v->tally.seen;
	run(ctx);
	counted_vault_flush(v);
	c.commit = tally_since(&v->tally, &was);
	count_publish(v, &c);
	return c;
}
