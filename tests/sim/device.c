/* SPDX-License-Identifier: MIT */
#include "tests/sim/device.h"

#include "cache/base_mem.h"
#include "crypto/random.h"
#include "cli/daemon/mounted_vault_naming.h"
#include "sync/bootstrap.h"
#include "sync/bootstrap_join.h"
#include "sync/core/state.h"
#include "sync/core/stream.h"
#include "tests/sim/host.h"
#include "util/cleanup.h"
#include "vault/members/mine.h"
#include "vault/records/placed.h"

#include <string.h>

#define CACHE_LIMIT (64u << 20)
#define COMMIT_MS 1000

/* --- the disk --- */
static struct base *copy_of(const struct base *from)
{
	struct base *b;
	if (base_mem_copy(from, &b))
		abort();
	return b;
}

struct base *device_image(const struct device *d)
{
	return copy_of(d->open ? d->disk : d->after);
}

void device_cut(struct device *d)
{
	if (d->dead || !d->open)
		return;
	base_freep(&d->after);
	d->after = copy_of(d->disk);
	d->dead = true;
	d->crash_in = -1;
}

bool device_step(struct device *d)
{
	if (d->crash_in >= 0 && d->crash_in-- == 0)
		device_cut(d);
	return d->dead;
}

static err_t before_commit(void *ctx)
{
	return device_step(ctx) ? ERR_IO : ERR_OK;
}

static void after_commit(void *ctx)
{
	struct device *d = ctx;
	d->durable = d->finished;
	(void)device_step(d);
}

static err_t disk_open(struct device *d)
{
	static const struct key key = { { 9 } };
	err_t e = d->after ? ERR_OK : base_mem_open(&d->after);
	if (e)
		return e;
	d->disk = steal_ptr(d->after);
	base_mem_on_commit(d->disk, &(struct base_mem_hook){ before_commit, after_commit, d });
	struct map_config c = { .key = &key, .base = d->disk, .commit_ms = COMMIT_MS };
	return map_open(&c, &d->map, NULL);
}

/* --- opening, closing --- */
static void on_local_change(void *ctx)
{
	struct device *d = ctx;
	if (d->sync)
		sync_wake(d->sync);
}

/* part_bytes: of records in one part of a commit, and in one step of publishing. Of a third of the devices few, so
 * that there are several; 0: as many as of everybody else's. */
static size_t part_bytes(const struct device *d)
{
	return d->checkpoint_min % 3 ? 0 : 200 + d->checkpoint_min % 3000;
}

static err_t engine_open(struct device *d)
{
	struct sync_config c = { .store = net_store(d->net, d->no),
		                 .map = d->map,
		                 .keyring = d->keyring,
		                 .members = { d->vault->named, d->vault->named_n, d->mine },
		                 .clock = clock_system(),
		                 .part_bytes = part_bytes(d),
		                 .publish_bytes = part_bytes(d),
		                 .checkpoint_min = d->checkpoint_min };
	return sync_open(&c, &d->sync, NULL);
}

/* work_start: fs and engine work on one changeset. */
static err_t work_start(struct device *d)
{
	struct work_config c = { .map = d->map, .hash = keyring_namehash(d->keyring), .naming = &d->naming };
	struct stream own;
	d->naming = mounted_vault_naming(d->map);
	err_t e = stream_own(d->map, &own);
	if (e)
		return e;
	c.stream = own.number;
	e = work_open(&c, &d->work);
	if (e)
		return e;
	struct sync_attached at = { work_changeset(d->work), work_follow(d->work), work_closing(d->work) };
	sync_attach(d->sync, &at);
	return ERR_OK;
}

static err_t fs_start(struct device *d)
{
	struct fs_config c = { .map = d->map,
		               .work = d->work,
		               .keyring = d->keyring,
		               .fetch = d->fetch,
		               .uid = 1000,
		               .gid = 1000,
		               .cache_limit = CACHE_LIMIT,
		               .wake_sync = on_local_change,
		               .ctx = d };
	return fs_open(&c, &d->fs) ? ERR_IO : ERR_OK;
}

err_t device_open(struct device *d)
{
	err_t e = d->map ? ERR_OK : disk_open(d);
	if (e)
		return e;
	d->open = true;
	d->dead = false;
	d->crash_in = -1;
	d->fetch = fetch_new(net_store(d->net, d->no), d->map);
	e = d->fetch ? engine_open(d) : ERR_NOMEM;
	if (!e)
		e = work_start(d);
	return e ? e : fs_start(d);
}

void device_close(struct device *d)
{
	struct store *s = net_store(d->net, d->no);
	d->crash_in = -1;
	fs_pins_stop(d->fs);
	fetch_stop(d->fetch);
	s->ops->shutdown(s); /* a round that is under way ends */
	if (d->engine)
		fiber_wait_ended(d->engine);
	if (d->user)
		fiber_wait_ended(d->user);
	for (unsigned i = 0; i < DEVICE_HANDLES; i++)
		if (d->handle[i])
			fs_file_close(d->fs, steal_ptr(d->handle[i]));
	(void)fs_close(steal_ptr(d->fs));
	sync_freep(&d->sync);
	work_freep(&d->work);
	fetch_freep(&d->fetch);
	if (!d->dead && !map_commit(d->map)) {
		base_freep(&d->after);
		d->after = copy_of(d->disk);
	}
	(void)map_close(steal_ptr(d->map));
	d->disk = NULL;
	d->open = d->dead = false;
	free(steal_ptr(d->look));
}

void device_free(struct device *d)
{
	base_freep(&d->after);
	base_freep(&d->backup);
	secret_freep(&d->mine);
	keyring_freep(&d->keyring);
}

/* --- members --- */
static err_t card_new(struct device_card *c)
{
	err_t e = crypto_random(c->seed.b, sizeof(c->seed.b));
	return e ? e : crypto_random(c->mix.b, sizeof(c->mix.b));
}

static struct bootstrap bootstrap_of(struct device *d, const char *name)
{
	return (struct bootstrap){ .store = net_store(d->net, d->no),
		                   .map = d->map,
		                   .keyring = d->keyring,
		                   .members = { d->vault->named, d->vault->named_n, d->mine },
		                   .made = &d->vault->made,
		                   .slot = d->vault->made.recovery,
		                   .device_name = name,
		                   .clock = clock_system() };
}

err_t device_unlock(struct device *d)
{
	cleanup(key_wipe) struct key root = { 0 };
	const struct device_vault *v = d->vault;
	d->keyring = keyring_new(CIPHER_AES256GCM, v->genesis.vault, v->made.genesis_hash);
	err_t e = d->keyring ? keyring_epoch_root(v->made.keyring, 1, &root) : ERR_NOMEM;
	if (!e)
		e = keyring_add(d->keyring, 1, v->made.genesis_hash, &root);
	return e ? e : signer_mine_of(v->genesis.vault, SIGNER_DEVICE, &d->card.seed, &d->card.mix, &d->mine);
}

void device_vault_freep(struct device_vault **at)
{
	struct device_vault *v = *at;
	if (!v)
		return;
	create_free(&v->made);
	free(v);
	*at = NULL;
}

static err_t vault_new(struct device_vault **ret)
{
	cleanup(device_vault_freep) struct device_vault *v = calloc(1, sizeof(*v));
	struct span genesis;
	err_t e = v ? create_draw(&(struct create_wish){ .cipher = CIPHER_AES256GCM, .now = 1700000000 }, &v->made)
	            : ERR_NOMEM;
	if (!e)
		e = genesis_check(buf_span(&v->made.genesis), &v->genesis, &genesis);
	if (!e)
		e = genesis_named(&v->genesis, v->named, &v->named_n);
	if (!e)
		*ret = steal_ptr(v);
	return e;
}

err_t device_make(struct device *d, struct device_vault **ret)
{
	err_t e = disk_open(d);
	if (!e)
		e = vault_new(ret);
	if (e)
		return e;
	d->vault = *ret;
	d->card = (struct device_card){ d->vault->made.device->seed, d->vault->made.device->mix };
	e = device_unlock(d);
	if (e)
		return e;
	struct bootstrap b = bootstrap_of(d, "desk");
	e = bootstrap_create(&b, NULL);
	return e ? e : device_open(d);
}

err_t device_join(struct device *d, const char *name)
{
	err_t e = card_new(&d->card);
	if (!e)
		e = disk_open(d);
	if (!e)
		e = device_unlock(d);
	if (e)
		return e;
	struct bootstrap b = bootstrap_of(d, name);
	e = bootstrap_join(&b, NULL);
	return e ? e : device_open(d);
}

/* --- rounds --- */
struct dangling {
	const struct device *d;
	struct buf ids; /* of block and segment, one after the other */
};

static int keep_block(void *ctx, struct span key, struct span value)
{
	struct dangling *x = ctx;
	struct placed at;
	struct id id;
	if (!value.p || !key_parse_id(key, REC_PLACED, &id) || placed_decode(value, &at))
		return ERR_DAMAGED;
	buf_id(&x->ids, id);
	buf_id(&x->ids, at.segment);
	return 0;
}

unsigned device_dangling(const struct device *d)
{
	struct dangling x = { d, BUF_INIT };
	struct rkey blocks = key_kind(REC_PLACED);
	unsigned n = 0;
	if (map_scan(d->map, MAP_RECORDS, rkey_span(&blocks), rkey_span(&blocks), keep_block, &x))
		abort();
	for (size_t i = 0; i < x.ids.len; i += 2 * ID_LEN) {
		char name[OBJECT_NAME];
		struct rkey own = key_queue(QUEUE_UPLOAD_PINNED, id_from(x.ids.p + i));
		name_id(id_from(x.ids.p + i + ID_LEN), name);
		n += !net_has(d->net, name) && map_has(d->map, MAP_QUEUE, rkey_span(&own)) == ERR_NOTFOUND;
	}
	buf_free(&x.ids);
	return n;
}

static void *round_of(void *arg)
{
	struct device *d = arg;
	struct saved now;
	d->round = sync_step(d->sync);
	sync_saved(d->sync, 0, &now);
	d->round_out = now.yes;
	d->round_told = false;
	return NULL;
}

void device_round(struct device *d)
{
	if (d->engine && fiber_ended(d->engine)) {
		fiber_free(d->engine);
		d->engine = NULL;
	}
	if (d->engine || !d->open || d->dead)
		return;
	d->round_from = d->finished;
	d->round_told = true;
	d->engine = fiber_new(d->no, round_of, d);
}
