/* SPDX-License-Identifier: MIT
 * A fleet of whole devices on format 2 in one process: maps in memory, one store in memory with a layer of faults a
 * device, engines and what mounts work with (vault/work); no file system. A device is opened again from what its disk
 * had, as after a power cut. Includers use only some of it.
 */
#pragma once

#include "cache/base_mem.h"
#include "remote/backends/mem.h"
#include "remote/layers/fault.h"
#include "remote/open.h"
#include "sync/bootstrap.h"
#include "sync/bootstrap_join.h"
#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "tests/passing.h"
#include "tests/unit/changeset_util.h"
#include "vault/changeset/published.h"
#include "vault/keys/record_keys.h"
#include "util/vec.h"
#include "vault/act/moves.h"
#include "vault/act/names.h"
#include "vault/join/digest.h"
#include "vault/work/ask.h"
#include "vault/work/operate.h"
#include "vault/work/work.h"

#define UNUSED __attribute__((unused))
#define FLEET_MAX 5
#define PATH_BYTES 4096

struct ship {
	struct base *base;
	struct map *map;
	struct keyring *keyring; /* what this device knows */
	struct signer_mine *mine;
	struct key seed;
	struct id id;
	struct id stream; /* that it has now */
	uint64_t number;
	struct store *store; /* the faults of this device */
	struct sync *sync;
	struct work *work;
	struct hash place; /* of its state; zero: it is bound to none */
	unsigned checkpoint_min, quiesce_ms, poll_ms;
	pthread_mutex_t names; /* what operations hold, and whoever closes or delivers; recursive */
	/* a power cut at a commit of the map */
	unsigned cut_after; /* commits; 0: none */
	struct base *cut;   /* what the disk had then */
};
/* The vault that all fleets of a program have, each on a store of its own. */
struct fleet_vault {
	struct create made;
	struct genesis genesis;                 /* points into it */
	struct keyring *keyring;                /* of `made`, as these: */
	const struct signer_mine *slot, *first; /* the recovery slot, the first device */
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
};
struct fleet {
	struct store *shared;
	const struct fleet_vault *v;
	struct ship d[FLEET_MAX];
	size_t n;
	int64_t now;
	const struct clock *clock; /* NULL: one on which each look is a second later */
	struct audit_budget audit;
	const struct here_keeper *here;
	const struct ship *header; /* whose records the header on the store is made of, which who joins reads; NULL: it
	                              has root 1 alone */
};

/* -- devices ----------------------------------------------------------------------------------------------------- */

static int64_t fleet_clock(void *ctx)
{
	struct fleet *f = ctx;
	return __atomic_add_fetch(&f->now, NS_PER_S, __ATOMIC_SEQ_CST);
}

static struct clock fleet_time(struct fleet *f)
{
	return f->clock ? *f->clock : (struct clock){ fleet_clock, fleet_clock, f };
}

static struct bootstrap ship_bootstrap(struct fleet *f, struct ship *d, const char *name)
{
	struct bootstrap b = { .store = d->store,
		               .map = d->map,
		               .keyring = d->keyring,
		               .members = { f->v->named, f->v->named_n, d->mine },
		               .slot = f->v->slot,
		               .made = &f->v->made,
		               .device_name = name,
		               .clock = fleet_time(f) };
	return b;
}

static void ship_enter(void *ctx)
{
	pthread_mutex_lock(&((struct ship *)ctx)->names);
}
static void ship_leave(void *ctx)
{
	pthread_mutex_unlock(&((struct ship *)ctx)->names);
}

static void ship_map(struct ship *d)
{
	static const struct key key = { { 9 } };
	struct map_config c = { .key = &key, .commit_ms = 1000000, .base = d->base };
	ok(map_open(&c, &d->map, NULL));
	map_on_freeze(d->map, &(struct map_freeze){ NULL, ship_enter, ship_leave, d });
}

static void ship_names(struct ship *d)
{
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&d->names, &a);
	pthread_mutexattr_destroy(&a);
}

/* ship_ring: as a mount has it: the root of epoch 1, and what the records say. */
static void ship_ring(struct fleet *f, struct ship *d)
{
	const struct keyring *k = f->v->keyring;
	const struct view records = published_view(d->map);
	struct key root;
	d->keyring = keyring_new(keyring_cipher(k), keyring_vault(k), keyring_genesis(k));
	assert_non_null(d->keyring);
	ok(keyring_epoch_root(k, 1, &root));
	ok(keyring_add(d->keyring, 1, keyring_genesis(k), &root));
	ok(record_keys_later(&records, d->keyring));
}

static UNUSED void ship_open(struct fleet *f, struct ship *d)
{
	struct stream own;
	if (!d->keyring)
		ship_ring(f, d);
	ok(stream_own(d->map, &own));
	d->stream = own.id;
	d->number = own.number;
	struct bootstrap b = ship_bootstrap(f, d, "");
	struct sync_config c = bootstrap_config(&b);
	struct why why = { 0 };
	c.checkpoint_min = d->checkpoint_min;
	c.quiesce_ms = d->quiesce_ms;
	c.poll_ms = d->poll_ms;
	c.audit = f->audit;
	c.here = f->here;
	c.place = d->place;
	if (sync_open(&c, &d->sync, &why))
		fail_msg("sync_open: %s", why.text);
	ok(work_open(
	        &(struct work_config){ .map = d->map, .stream = d->number, .hash = keyring_namehash(f->v->keyring) },
	        &d->work));
	sync_attach(d->sync, &(struct sync_attached){ .changeset = work_changeset(d->work),
	                                              .follow = work_follow(d->work),
	                                              .closing = work_closing(d->work) });
}

/* ship_stream: the hash of the one that it has now. */
static UNUSED struct hash ship_stream(struct ship *d)
{
	return streams_find(d->sync, d->stream)->hash;
}

static UNUSED void ship_close(struct ship *d)
{
	sync_freep(&d->sync);
	work_freep(&d->work);
	keyring_freep(&d->keyring);
	ok(map_close(d->map));
}

/* ship_crash: what the disk had at the last commit of the map, or at the power cut. */
static UNUSED void ship_crash(struct fleet *f, struct ship *d)
{
	struct base *copy = d->cut;
	base_mem_on_commit(d->base, &(struct base_mem_hook){ 0 });
	if (!copy)
		ok(base_mem_copy(d->base, &copy));
	ship_close(d);
	d->base = copy;
	d->cut = NULL;
	d->cut_after = 0;
	fault_offline(d->store, ERR_OK);
	ship_map(d);
	ship_open(f, d);
}

/* cut: the power goes: nothing reaches the store any more, and the disk stays as it is. */
static void ship_committed(void *ctx)
{
	struct ship *d = ctx;
	if (!d->cut_after || --d->cut_after)
		return;
	ok(base_mem_copy(d->base, &d->cut));
	fault_offline(d->store, ERR_NET);
}

static UNUSED void ship_cut_after(struct ship *d, unsigned commits)
{
	d->cut_after = commits;
	base_mem_on_commit(d->base, &(struct base_mem_hook){ NULL, ship_committed, d });
}

/* ship_is: of that seed and mix key. */
static void ship_is(struct ship *d, const struct signer_mine *mine)
{
	ok(signer_mine_of(mine->vault, mine->kind, &mine->seed, &mine->mix, &d->mine));
	d->seed = mine->seed;
	d->id = mine->id;
}

/* ship_new: with a new identity. */
static struct ship *ship_new(struct fleet *f)
{
	struct ship *d = &f->d[f->n++];
	ok(signer_mine_draw(keyring_vault(f->v->keyring), SIGNER_DEVICE, &d->mine));
	d->seed = d->mine->seed;
	d->id = d->mine->id;
	ship_names(d);
	ok(base_mem_open(&d->base));
	ship_map(d);
	ship_ring(f, d);
	d->store = fault_new(passing_new(f->shared), f->n);
	return d;
}

static UNUSED void fleet_vault_make(struct fleet_vault *v)
{
	struct span genesis;
	ok(create_draw(&(struct create_wish){ .cipher = CIPHER_AES256GCM, .now = 1700000000 }, &v->made));
	ok(genesis_check(buf_span(&v->made.genesis), &v->genesis, &genesis));
	ok(genesis_named(&v->genesis, v->named, &v->named_n));
	v->keyring = v->made.keyring;
	v->slot = v->made.recovery;
	v->first = v->made.device;
}

static UNUSED void vault_free(struct fleet_vault *v)
{
	create_free(&v->made);
}

/* That of the program, for its group of tests. */
static struct fleet_vault vault;

static UNUSED int vault_begin(void **state)
{
	(void)state;
	fleet_vault_make(&vault);
	return 0;
}

static UNUSED int vault_end(void **state)
{
	(void)state;
	vault_free(&vault);
	return 0;
}

/* fleet_new_on: a vault with one device, its first commit on that store, which is the fleet's from now on. */
static UNUSED void fleet_new_on(struct fleet *f, const struct fleet_vault *v, struct store *shared)
{
	*f = (struct fleet){ .v = v, .shared = shared, .now = 1700000000 * NS_PER_S };
	struct ship *d = ship_new(f);
	struct why why = { 0 };
	secret_free(d->mine);
	ship_is(d, v->first);
	struct bootstrap b = ship_bootstrap(f, d, "desk");
	if (bootstrap_create(&b, &why))
		fail_msg("bootstrap_create: %s", why.text);
	ship_open(f, d);
}

static UNUSED void fleet_new(struct fleet *f, const struct fleet_vault *v)
{
	fleet_new_on(f, v, store_mem_new());
}

/* fleet_try_join: a further device, from the store alone; not open when that fails. */
static UNUSED err_t fleet_try_join(struct fleet *f, const char *name, struct ship **ret, struct why *why)
{
	struct ship *d = *ret = ship_new(f);
	struct bootstrap b = ship_bootstrap(f, d, name);
	if (f->header) {
		const struct view records = published_view(f->header->map);
		ok(record_keys_later(&records, d->keyring));
	}
	err_t e = bootstrap_join(&b, why);
	if (!e)
		ship_open(f, d);
	return e;
}

static UNUSED struct ship *fleet_join(struct fleet *f, const char *name)
{
	struct why why = { 0 };
	struct ship *d;
	if (fleet_try_join(f, name, &d, &why))
		fail_msg("bootstrap_join: %s", why.text);
	return d;
}

static UNUSED void fleet_free(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++) {
		ship_close(&f->d[i]);
		secret_free(f->d[i].mine);
		store_close(f->d[i].store);
	}
	store_close(f->shared);
}

static UNUSED const char *ship_said(struct ship *d)
{
	guard(&d->sync->lock);
	return sync_alarm_text(d->sync);
}

struct looked { /* for an alarm */
	const char *text;
	bool found;
};
static void ship_look(void *ctx, const struct alarm *one)
{
	struct looked *l = ctx;
	l->found |= strstr(one->text, l->text) != NULL;
}
static UNUSED bool ship_alarmed(struct ship *d, const char *text)
{
	struct looked l = { text, false };
	guard(&d->sync->lock);
	alarms_each(&d->sync->alarms, ship_look, &l);
	return l.found;
}

static UNUSED void ship_step(struct ship *d)
{
	err_t e = sync_step(d->sync);
	if (e)
		fail_msg("sync_step: %s: %s", err_text(e), ship_said(d));
}

/* fleet_settle: until nobody has anything new. */
static UNUSED void fleet_settle(struct fleet *f)
{
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < f->n; i++)
			ship_step(&f->d[i]);
}

/* -- what users do, by path -------------------------------------------------------------------------------------- */

/* ship_find: the directory of a path and its last name. */
static err_t ship_find(struct ship *d, const char *path, struct spot *ret)
{
	struct spot at = { .dir = INO_ROOT };
	for (;;) {
		struct work_entry x;
		path += strspn(path, "/");
		size_t len = strcspn(path, "/");
		at.name = (struct name){ .len = (uint8_t)len };
		memcpy(at.name.b, path, len);
		path += len;
		if (!path[strspn(path, "/")])
			break;
		err_t e = work_lookup(d->work, at.dir, SPAN(at.name.b, at.name.len), &x);
		if (e || x.type != 4)
			return ERR_NOTFOUND;
		at.dir = x.ino;
	}
	*ret = at;
	return ERR_OK;
}

static UNUSED bool ship_has(struct ship *d, const char *path)
{
	struct spot at;
	struct work_entry x;
	return !ship_find(d, path, &at) && !work_lookup(d->work, at.dir, SPAN(at.name.b, at.name.len), &x);
}

enum deed { DEED_WRITE, DEED_MKDIR, DEED_UNLINK, DEED_RMDIR, DEED_RENAME, DEED_LINK, DEED_EXCHANGE, DEEDS };
struct order { /* what is to be done: paths, or path and text */
	enum deed deed;
	const char *path, *other;
};

static err_t ship_write(struct work_op *op, const struct spot *at, const char *text, bool there, enum refusal *ret)
{
	const struct act_attrs none = { NULL, 0 };
	struct act_contents c = { .size = strlen(text) };
	struct hash h;
	uint64_t ino;
	ok(crypto_sha256(span_str(text), &h));
	c.kind = c.size ? CONTENTS_INLINE : CONTENTS_NONE;
	c.tag = id_from(h.b);
	c.payload = SPAN(text, c.size);
	if (there)
		return contents_write(op->act, at, &c, &none, ret);
	return names_create(op->act, at, &(struct act_new){ .type = 8, .contents = &c }, &ino, ret);
}

static err_t ship_carry_out(struct work_op *op, const struct order *o, const struct spot at[2], bool there,
                            enum refusal *ret)
{
	uint64_t ino;
	switch (o->deed) {
	case DEED_WRITE:
		return ship_write(op, &at[0], o->other, there, ret);
	case DEED_MKDIR:
		return names_create(op->act, &at[0], &(struct act_new){ .type = 4 }, &ino, ret);
	case DEED_UNLINK:
		return names_unlink(op->act, &at[0], NULL, ret);
	case DEED_RMDIR:
		return names_rmdir(op->act, &at[0], NULL, ret);
	case DEED_RENAME:
		return moves_rename(op->act, &at[0], &at[1], NULL, ret);
	case DEED_LINK:
		return names_link(op->act, &at[0], &at[1], NULL, ret);
	default:
		return moves_exchange(op->act, &at[0], &at[1], NULL, ret);
	}
}

/* ship_do: false: it cannot be done here. */
static UNUSED bool ship_do(struct ship *d, struct order o)
{
	struct work_op op;
	struct spot at[2] = { { .dir = 0 } };
	enum refusal refusal = REFUSED_NOT;
	bool two = o.deed >= DEED_RENAME, there = ship_has(d, o.path);
	if (ship_find(d, o.path, &at[0]) || (two && ship_find(d, o.other, &at[1])))
		return false;
	ok(work_begin(d->work, &op));
	err_t e = ship_carry_out(&op, &o, at, there, &refusal);
	if (e != ERR_NOTFOUND) /* its directory is a file */
		ok(e);
	bool done = !e && !refusal;
	if (done)
		ok(work_apply(&op));
	work_end(&op);
	return done;
}

static UNUSED void ship_must(struct ship *d, enum deed deed, const char *path, const char *other)
{
	if (!ship_do(d, (struct order){ deed, path, other }))
		fail_msg("%d of %s, %s cannot be done", (int)deed, path, other ? other : "");
}

/* -- what is shown ----------------------------------------------------------------------------------------------- */

struct listing { /* of a directory */
	struct work_entry *v;
	size_t n, cap;
};

static err_t listing_visit(void *ctx, const struct work_entry *x)
{
	struct listing *l = ctx;
	if (!vec_room(l->v, l->n, 1, &l->cap))
		return ERR_NOMEM;
	l->v[l->n++] = *x;
	return ERR_OK;
}

static int listing_order(const void *a, const void *b)
{
	return name_cmp(&((const struct work_entry *)a)->name, &((const struct work_entry *)b)->name);
}

static void ship_text(struct ship *d, uint64_t ino, struct buf *out)
{
	struct work_number n;
	struct version_rec v = { 0 };
	ok(work_number(d->work, ino, &n));
	ok(shared_version(work_view(d->work), n.version_home, n.version, &v));
	buf_put(out, "=", 1);
	buf_put(out, v.payload.p, v.payload.len);
	version_rec_free(&v);
}

static void ship_list_dir(struct ship *d, uint64_t dir, const char *path, struct buf *out)
{
	struct listing l = { 0 };
	ok(work_children(d->work, dir, 0, listing_visit, &l));
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), listing_order);
	for (size_t i = 0; i < l.n; i++) {
		char here[PATH_BYTES];
		snprintf(here, sizeof(here), "%s/%.*s", path, (int)l.v[i].name.len, l.v[i].name.b);
		buf_put(out, here, strlen(here));
		if (l.v[i].type != 4)
			ship_text(d, l.v[i].ino, out);
		buf_put(out, "\n", 1);
		if (l.v[i].type == 4)
			ship_list_dir(d, l.v[i].ino, here, out);
	}
	free(l.v);
}

/* ship_list: all paths, a line each, ascending in each directory; of files with =text. The caller frees. */
static UNUSED char *ship_list(struct ship *d)
{
	struct buf b = BUF_INIT;
	ship_list_dir(d, INO_ROOT, "", &b);
	buf_u8(&b, 0);
	ok(buf_ok(&b));
	return (char *)b.p;
}

static err_t ship_gather(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static UNUSED void ship_check_digest(struct ship *d)
{
	struct view v = published_view(d->map);
	struct lthash h = { 0 };
	ok(digest_state(&h, &v));
	assert_memory_equal(&h, &d->sync->st.digest, sizeof(h));
}

/* ship_complain: of what no store that shows what it likes earns, nor a restored backup. */
static void ship_complain(void *ctx, const struct alarm *one)
{
	static const char *const earned[] = { "stored again", "a checkpoint follows", "another follows",
		                              "goes on as a new stream", "second of this number" };
	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(earned); i++)
		if (strstr(one->text, earned[i]))
			return;
	fail_msg("%s", one->text);
}

/* fleet_same: all have the same records and show the same, and nobody has anything to complain of. */
static UNUSED void fleet_same(struct fleet *f)
{
	cleanup_free char *first = ship_list(&f->d[0]);
	cleanup(records_free) struct records here = RECORDS_INIT;
	struct view v = published_view(f->d[0].map);
	ok(v.scan(v.ctx, SPAN(NULL, 0), SPAN(NULL, 0), ship_gather, &here));
	for (size_t i = 0; i < f->n; i++) {
		cleanup_free char *list = ship_list(&f->d[i]);
		cleanup(records_free) struct records there = RECORDS_INIT;
		struct view w = published_view(f->d[i].map);
		ok(w.scan(w.ctx, SPAN(NULL, 0), SPAN(NULL, 0), ship_gather, &there));
		same_tables(&here, &there);
		assert_string_equal(list, first);
		guard(&f->d[i].sync->lock);
		alarms_each(&f->d[i].sync->alarms, ship_complain, NULL);
	}
	for (size_t i = 0; i < f->n; i++) {
		ship_check_digest(&f->d[i]);
	}
}

/* -- how many a test begins and ends ------------------------------------------------------------------------------- */

/* fleet_begin: two devices that have "/f"; the first. */
static UNUSED struct ship *fleet_begin(struct fleet *f)
{
	fleet_new(f, &vault);
	(void)fleet_join(f, "travel");
	ship_must(&f->d[0], DEED_WRITE, "/f", "0");
	fleet_settle(f);
	return &f->d[0];
}

/* fleet_end: a newcomer, too, sees this. */
static UNUSED void fleet_end(struct fleet *f, const char *wanted)
{
	(void)fleet_join(f, "new");
	fleet_settle(f);
	fleet_same(f);
	cleanup_free char *list = ship_list(&f->d[1]);
	assert_string_equal(list, wanted);
	fleet_free(f);
}

/* standing: a clock whose time is *ctx. */
static UNUSED int64_t standing(void *ctx)
{
	return *(int64_t *)ctx;
}
