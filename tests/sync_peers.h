/* SPDX-License-Identifier: MIT
 * Devices on format 2 in one process, for tests of what comes from others: real maps in memory and real engines, but no
 * rounds. What is pulled and applied is the engine's; commits are made here, so that they can also be made wrong. Each
 * knows all others from the begin, and has applied what founded the vault: the one commit of a further device.
 * Includers use only some of it.
 */
#pragma once

#include "cache/base_mem.h"
#include "remote/backends/mem.h"
#include "remote/open.h"
#include "sync/bootstrap.h"
#include "sync/core/dirty.h"
#include "sync/core/epoch.h"
#include "sync/core/state_form.h"
#include "sync/core/stream.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/deliver.h"
#include "sync/deliver/past_map.h"
#include "sync/deliver/place.h"
#include "sync/open.h"
#include "sync/pull/pull.h"
#include "tests/unit/changeset_util.h"
#include "sync/members/chain.h"
#include "sync/members/statement_record.h"
#include "vault/changeset/close.h"
#include "vault/changeset/publish.h"
#include "vault/join/digest.h"
#include "vault/join/vault_key.h"
#include "vault/keys/create.h"
#include "vault/objects/applied.h"
#include "vault/objects/head.h"
#include "vault/objects/pack.h"

#define PEERS_MAX 5
#define UNUSED __attribute__((unused))

struct peer {
	struct base *base;
	struct base *blank; /* as it was before anything was applied */
	struct map *map;
	struct signer_mine *mine;
	struct key seed;
	struct id id, stream;
	uint64_t number;
	struct hash hash;    /* of the stream */
	struct records said; /* the INCARNATION that begins it */
	struct sync *sync;
	struct changeset *c;
};
struct peers {
	struct store *store;
	struct create made;
	struct genesis genesis; /* points into it */
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
	struct keyring *keyring; /* of `made` */
	struct records joins;    /* of all peers, by the recovery slot; what began the founder's stream */
	struct peer founder;     /* the device of genesis: who it is, and its stream; nothing else */
	struct peer p[PEERS_MAX];
	size_t n;
};

/* A commit before it is sealed: what a test may change. */
struct making {
	struct commit c;
	struct records records;
	size_t parts;     /* 0: one */
	struct hash hash; /* when it is there */
};
typedef void (*making_twist)(struct making *m, void *ctx);

struct publishing { /* the digest follows */
	struct peer *p;
	struct lthash digest;
};

static err_t publishing_follow(void *ctx, const struct view *published, const struct records *changes, struct batch *b)
{
	struct publishing *x = ctx;
	cleanup(ops_free) struct ops o = OPS_INIT;
	err_t e = digest_change(&x->digest, published, changes);
	state_put_digest(&o, &x->digest);
	return e ? e : ops_batch(&o, b);
}

/* peer_finish: what is closed joins what is published. */
static void peer_finish(struct peer *p)
{
	struct publishing x = { p, p->sync->st.digest };
	struct follow f = { publishing_follow, &x };
	err_t e = ERR_OK;
	while (!(e = changeset_publish(p->c, 200, &f)))
		p->sync->st.digest = x.digest;
	assert_int_equal(e, ERR_NOTFOUND);
}

/* peer_engine: the map and the engine; peer_changeset: what is open in the map. */
static UNUSED void peer_engine(struct peers *f, struct peer *p)
{
	static const struct key key = { { 9 } };
	struct map_config mc = { .key = &key, .commit_ms = 1000000, .base = p->base };
	struct sync_config c = { .store = f->store, .keyring = f->keyring, .clock = clock_system() };
	struct why why = { 0 };
	ok(map_open(&mc, &p->map, NULL));
	c.map = p->map;
	c.members = (struct sync_members){ f->named, f->named_n, p->mine };
	if (sync_open(&c, &p->sync, &why))
		fail_msg("sync_open: %s", why.text);
}

static UNUSED void peer_changeset(struct peer *p)
{
	ok(changeset_open(p->map, p->number, &p->c));
	sync_attach(p->sync, &(struct sync_attached){ .changeset = p->c });
	peer_finish(p); /* what a crash left */
}

static UNUSED void peer_open(struct peers *f, struct peer *p)
{
	peer_engine(f, p);
	peer_changeset(p);
}

/* peer_close: with all that was applied durable, or without what was not. */
static UNUSED void peer_close(struct peer *p)
{
	sync_freep(&p->sync);
	changeset_freep(&p->c);
	ok(map_close(p->map));
}

/* peer_crash: back to what the last commit of the map left. */
static UNUSED void peer_crash(struct peers *f, struct peer *p)
{
	struct base *copy = NULL;
	ok(base_mem_copy(p->base, &copy));
	peer_close(p);
	p->base = copy;
	peer_open(f, p);
}

static UNUSED bool peer_pull(struct peer *p)
{
	bool applied = false;
	ok(pull_run(p->sync, &applied));
	return applied;
}

/* peer_anew: with nothing applied, not even what founded the vault. */
static UNUSED void peer_anew(struct peers *f, struct peer *p)
{
	struct base *copy = NULL;
	ok(base_mem_copy(p->blank, &copy));
	peer_close(p);
	p->base = copy;
	peer_open(f, p);
}

/* put_statements: as the mailbox showed them. */
static void put_statements(const struct records *l, struct ops *o)
{
	for (size_t i = 0; i < l->n; i++) {
		cleanup(record_free) struct record r = RECORD_INIT;
		cleanup(buf_free) struct buf key = BUF_INIT;
		struct span bytes;
		struct hash hash;
		ok(statement_record_get(buf_span(&l->v[i]->value), &r, &bytes));
		ok(signer_statement_hash(bytes, &hash));
		buf_put(&key, STATE_STATEMENT, strlen(STATE_STATEMENT));
		buf_hash(&key, hash);
		ops_put(o, MAP_STATE, buf_span(&key), bytes);
	}
}

static void put_stream(const struct peer *p, struct ops *o)
{
	struct stream st = { .id = p->stream, .hash = p->hash, .device = p->id, .number = p->number, .epoch = 1 };
	st.seen.stream = st.applied.stream = st.id;
	memcpy(st.key, p->mine->sign_key, sizeof(st.key));
	state_put_stream(o, &st);
}

static void peers_state(struct peers *f, struct peer *p)
{
	static const struct key key = { { 9 } };
	struct map_config mc = { .key = &key, .commit_ms = 1000000 };
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state st = { .mailbox_epoch = 1 };
	struct lthash none = { 0 };
	struct map *m = NULL;
	ok(base_mem_open(&p->base));
	state_put(&o, &st);
	state_put_digest(&o, &none);
	state_put_life(&o, &(struct own_life){ .stream = p->stream });
	put_statements(&f->joins, &o);
	put_stream(&f->founder, &o);
	for (size_t i = 0; i < f->n; i++) {
		put_statements(&f->p[i].said, &o);
		put_stream(&f->p[i], &o);
	}
	mc.base = p->base;
	ok(map_open(&mc, &m, NULL));
	ok(ops_commit(&o, m));
	ok(base_mem_copy(p->base, &p->blank));
	ok(base_mem_copy(p->base, &p->base)); /* the map closes its own */
	ok(map_close(m));
}

static struct chain_of peer_chain(const struct peers *f, const struct signer_mine *who)
{
	return (struct chain_of){ who, f->made.genesis_hash, 1700000000 };
}

/* peer_is: let in behind `slot`. */
static void peer_is(struct peers *f, size_t i, struct chain *slot)
{
	struct peer *p = &f->p[i];
	struct key mix = { { (uint8_t)(i + 0x41) } };
	struct chain_of recovery = peer_chain(f, f->made.recovery);
	uint8_t proof[SIGNER_SIG];
	struct statement join = { .kind = SIGNER_JOIN, .proof = proof };
	memset(p->seed.b, (int)i + 1, sizeof(p->seed.b));
	ok(signer_mine_of(f->genesis.vault, SIGNER_DEVICE, &p->seed, &mix, &p->mine));
	p->id = p->mine->id;
	join.who = signer_mine_new_of(p->mine, (uint32_t)i + 2);
	ok(mine_prove(p->mine, f->made.genesis_hash, proof));
	ok(chain_next(&recovery, &join, slot, &f->joins));
}

static void peer_begin(struct peers *f, struct peer *p)
{
	struct chain_of who = peer_chain(f, p->mine);
	struct statement body = { .kind = SIGNER_INCARNATION };
	struct chain at = { 0 };
	records_free(&p->said);
	p->said = RECORDS_INIT;
	ok(crypto_random_id(&body.id));
	ok(chain_next(&who, &body, &at, &p->said));
	p->hash = at.hash;
	p->stream = id_from(at.hash.b);
	p->number = applied_stream(at.hash);
}

/* peers_ordered: whose stamps are greater is the same in each run. */
static bool peers_ordered(const struct peers *f)
{
	static const uint8_t order[PEERS_MAX] = { 4, 2, 0, 1, 3 };
	uint64_t before = 0;
	for (size_t i = 0; i < PEERS_MAX; i++) {
		if (order[i] >= f->n)
			continue;
		if (f->p[order[i]].number <= before)
			return false;
		before = f->p[order[i]].number;
	}
	return true;
}

static err_t peers_gather(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* peers_found: the first commit of the vault, and the stream that it begins. */
static UNUSED void peers_found(struct peers *f)
{
	static const struct key key = { { 9 } };
	static const uint8_t statements = SHARED_STATEMENT;
	struct map_config mc = { .key = &key, .commit_ms = 1000000 };
	struct bootstrap b = { .store = f->store, .keyring = f->keyring, .made = &f->made, .device_name = "founder" };
	struct why why = { 0 };
	struct stream own;
	ok(base_mem_open(&mc.base));
	ok(map_open(&mc, &b.map, NULL));
	b.members = (struct sync_members){ f->named, f->named_n, f->made.device };
	b.clock = clock_system();
	if (bootstrap_create(&b, &why))
		fail_msg("bootstrap_create: %s", why.text);
	ok(stream_own(b.map, &own));
	f->founder = (struct peer){ .mine = f->made.device, .id = own.device, .stream = own.id, .hash = own.hash };
	f->founder.number = own.number;
	struct view v = published_view(b.map);
	ok(v.scan(v.ctx, SPAN(&statements, 1), SPAN(NULL, 0), peers_gather, &f->joins));
	ok(map_close(b.map));
}

static UNUSED void peers_new(struct peers *f, size_t n)
{
	struct chain slot = { 0 };
	struct span genesis;
	*f = (struct peers){ .store = store_mem_new(), .n = n, .joins = RECORDS_INIT };
	ok(create_draw(&(struct create_wish){ .cipher = CIPHER_AES256GCM, .now = 1700000000 }, &f->made));
	ok(genesis_check(buf_span(&f->made.genesis), &f->genesis, &genesis));
	ok(genesis_named(&f->genesis, f->named, &f->named_n));
	f->keyring = f->made.keyring;
	peers_found(f);
	for (size_t i = 0; i < n; i++)
		peer_is(f, i, &slot);
	do {
		for (size_t i = 0; i < n; i++)
			peer_begin(f, &f->p[i]);
	} while (!peers_ordered(f));
	for (size_t i = 0; i < n; i++) {
		peers_state(f, &f->p[i]);
		peer_open(f, &f->p[i]);
		assert_true(peer_pull(&f->p[i]));
		ok(map_commit(f->p[i].map));
	}
}

static UNUSED void peers_free(struct peers *f)
{
	for (size_t i = 0; i < f->n; i++) {
		peer_close(&f->p[i]);
		base_freep(&f->p[i].blank);
		secret_freep(&f->p[i].mine);
		records_free(&f->p[i].said);
	}
	store_close(f->store);
	records_free(&f->joins);
	create_free(&f->made);
}

static UNUSED struct stream *peer_stream(struct peer *p, const struct peer *of)
{
	struct stream *st = streams_number(p->sync, of->number);
	assert_non_null(st);
	return st;
}

/* -- what users do ----------------------------------------------------------------------------------------------- */

static UNUSED void peer_operate(struct peer *p, uint64_t *seed)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	operation_begin(&o, p->c);
	for (unsigned i = 1 + pick(seed, 3); i; i--)
		ok(say_something(seed, &o.draft, changeset_tick(p->c)));
	ok(operation_apply(&o, b));
	operation_end(&o);
}

/* -- commits ----------------------------------------------------------------------------------------------------- */

/* peer_put: parts in their places; what the object hash of the last one is. */
static UNUSED struct hash peer_put(struct peers *f, struct peer *p, struct making *m)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(buf_free) struct buf hashes = BUF_INIT;
	struct hash hash = HASH_ZERO;
	size_t parts = m->parts ? m->parts : 1, at = 0;
	ok(epoch_open(f->keyring, keyring_epoch(f->keyring), &epoch));
	for (size_t i = 0; i < parts; i++) {
		cleanup(pack_free) struct pack pack = PACK_INIT;
		cleanup(buf_free) struct buf packed = BUF_INIT, plain = BUF_INIT, sealed = BUF_INIT;
		char name[OBJECT_NAME];
		struct commit c = m->c;
		for (; at < m->records.n * (i + 1) / parts; at++)
			ok(pack_add(&pack, records_key(m->records.v[at]), buf_span(&m->records.v[at]->value)));
		ok(pack_put(&pack, &packed));
		if (i + 1 < parts)
			c = (struct commit){ .stream = c.stream, .n = c.n };
		c.part = (uint32_t)i;
		c.parts = (uint32_t)parts;
		c.part_hashes = hashes.p;
		c.pack = buf_span(&packed);
		ok(commit_encode(&c, &plain));
		ok(name_commit(&epoch.names, p->hash, m->c.n, (uint32_t)i, name));
		struct object_place place = epoch_place(&epoch, OBJECT_COMMIT, name);
		ok(object_seal(&place, buf_span(&plain), &p->seed, &sealed, &hash));
		ok(store_put_sync(f->store, name, buf_span(&sealed)));
		buf_hash(&hashes, hash);
	}
	return m->hash = hash;
}

/* peer_made: positions, state and past of an own commit; its records join what is published. */
static void peer_made(struct peer *p, const struct claim *claim, const struct past_basis *basis, const struct making *m)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct stream *own = peer_stream(p, p);
	own->applied.n = own->seen.n = m->c.n;
	own->applied.hash = own->seen.hash = m->hash;
	p->sync->st.n = p->sync->st.confirmed = m->c.n;
	state_put(&o, &p->sync->st);
	state_put_stream(&o, own);
	past_remember(&o, claim, basis, m->c.lamport);
	ok(ops_commit(&o, p->map));
	peer_finish(p);
}

static void peer_digest_behind(struct peer *p, struct making *m)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	struct view v = published_view(p->map);
	struct lthash h = p->sync->st.digest;
	ok(join_apply(&v, &m->records, &changes));
	ok(digest_change(&h, &v, &changes));
	ok(lthash_digest(&h, &m->c.digest));
}

/* peer_first: the first commit of a stream has what begins it. */
static void peer_first(struct peer *p)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	struct operation o;
	operation_begin(&o, p->c);
	ok(draft_put(&o.draft, records_key(p->said.v[0]), buf_span(&p->said.v[0]->value)));
	ok(operation_apply(&o, b));
	operation_end(&o);
}

/* peer_publish: what is open becomes the next commit. False: nothing is said. */
static UNUSED bool peer_publish(struct peers *f, struct peer *p, making_twist twist, void *ctx)
{
	struct past past = past_of_map(p->map);
	cleanup(past_basis_free) struct past_basis basis = { 0 };
	cleanup(vv_free) struct vv now = { 0 }, before = { 0 }, entries = { 0 };
	struct stream *own = peer_stream(p, p);
	struct making m = { .c = { .stream = p->number, .n = own->applied.n + 1, .rules = 1, .parts = 1 } };
	if (!own->applied.n && sync_dirty(p->sync))
		peer_first(p);
	if (changeset_close(p->c, NULL))
		return false;
	const struct view *closed = &p->c->closed->view;
	ok(closed->scan(closed->ctx, SPAN(NULL, 0), SPAN(NULL, 0), peers_gather, &m.records));
	ok(place_positions(p->sync, &now));
	if (own->applied.n)
		ok(past_vv(&past, past_position(p->number, own->applied.n, own->applied.hash), &before));
	ok(vv_changed(&before, &now, p->number, &entries));
	m.c.previous = own->applied.hash;
	m.c.vv = entries;
	m.c.lamport = p->c->lamport;
	peer_digest_behind(p, &m);
	if (twist)
		twist(&m, ctx);
	struct hash hash = peer_put(f, p, &m);
	struct claim claim = { past_position(p->number, m.c.n, hash), ID_ZERO, &entries };
	if (m.c.n > 1)
		claim.previous = id_from(m.c.previous.b);
	ok(past_basis_of(&past, &claim, &basis));
	peer_made(p, &claim, &basis, &m);
	records_free(&m.records);
	return true;
}

/* peer_head: says what is applied, and names the newest checkpoint of its own. */
static UNUSED void peer_head(struct peers *f, struct peer *p, void (*twist)(struct head *h))
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	cleanup(head_free) struct head h = { .stream = p->number, .counter = ++p->sync->st.head_counter, .rules = 1 };
	cleanup(buf_free) struct buf plain = BUF_INIT, sealed = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	ok(epoch_open(f->keyring, 1, &epoch));
	ok(lthash_digest(&p->sync->st.digest, &h.digest));
	ok(place_applied(p->sync, &h.applied));
	h.has_checkpoint = p->sync->st.announced.epoch;
	h.manifest = p->sync->st.announced.id;
	h.manifest_hash = p->sync->st.announced.hash;
	h.manifest_epoch = 1;
	h.manifest_epoch_id = epoch.at.id;
	if (twist)
		twist(&h);
	ok(head_encode(&h, &plain));
	ok(name_head(&epoch.names, p->hash, name));
	struct object_place place = epoch_place(&epoch, OBJECT_HEAD, name);
	ok(object_seal(&place, buf_span(&plain), &p->seed, &sealed, &hash));
	ok(store_put_sync(f->store, name, buf_span(&sealed)));
}

/* -- comparing --------------------------------------------------------------------------------------------------- */

static UNUSED const char *peer_alarm(struct peer *p)
{
	guard(&p->sync->lock);
	return sync_alarm_text(p->sync);
}

/* peer_check: digest kept = digest of the records. */
static UNUSED void peer_check(struct peer *p)
{
	struct view v = published_view(p->map);
	struct lthash h = { 0 };
	ok(digest_state(&h, &v));
	assert_memory_equal(&h, &p->sync->st.digest, sizeof(h));
}

static UNUSED void assert_same_published(struct peer *a, struct peer *b)
{
	cleanup(records_free) struct records x = RECORDS_INIT, y = RECORDS_INIT;
	struct view v = published_view(a->map), w = published_view(b->map);
	ok(v.scan(v.ctx, SPAN(NULL, 0), SPAN(NULL, 0), peers_gather, &x));
	ok(w.scan(w.ctx, SPAN(NULL, 0), SPAN(NULL, 0), peers_gather, &y));
	same_tables(&x, &y);
}

/* peers_settle: until nothing is left. peers_same: all have applied the same, and nobody complains. */
static UNUSED void peers_settle(struct peers *f)
{
	bool any = true;
	while (any) {
		any = false;
		for (size_t i = 0; i < f->n; i++)
			any |= peer_pull(&f->p[i]);
	}
}

static UNUSED void peers_same(struct peers *f)
{
	for (size_t i = 0; i < f->n; i++) {
		peer_check(&f->p[i]);
		assert_string_equal(peer_alarm(&f->p[i]), "");
		assert_int_equal(f->p[i].sync->deliver->room.n, 0);
		assert_same_published(&f->p[0], &f->p[i]);
	}
}

/* published: something of `p` that is on the store. */
static UNUSED void published(struct peers *f, struct peer *p, making_twist twist, void *ctx)
{
	uint64_t seed = p->number | 1;
	do
		peer_operate(p, &seed);
	while (!peer_publish(f, p, twist, ctx));
}

/* hide: takes a part of a commit off the store; show: puts it back. */
struct hidden {
	char name[OBJECT_NAME];
	struct buf bytes;
};

static UNUSED void hide(struct peers *f, const struct peer *p, uint64_t n, uint32_t part, struct hidden *h)
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	ok(epoch_open(f->keyring, 1, &epoch));
	ok(name_commit(&epoch.names, p->hash, n, part, h->name));
	h->bytes = BUF_INIT;
	ok(store_get_sync(f->store, h->name, 0, 0, 0, &h->bytes));
	ok(store_del_sync(f->store, h->name));
}

static UNUSED void show(struct peers *f, struct hidden *h)
{
	ok(store_put_sync(f->store, h->name, buf_span(&h->bytes)));
	buf_free(&h->bytes);
}
