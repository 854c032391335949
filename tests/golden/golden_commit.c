/* SPDX-License-Identifier: MIT
 * golden-commit NAME PASSFILE history INO...    records of what places, attributes and xattrs of these inodes were
 *                             purge KEY...      what these keys name goes (written as debug dump does)
 * A commit as no command makes it yet, for the golden vaults (README.md), by the device whose state this is, which is
 * in no use and has published everything. It goes to the store and is not remembered here: the state is of no use
 * afterwards. Its digest is that of the records with what it says, and without what it purges, as docs/format.md wants
 * it.
 */
#include "cli/secrets/unlock.h"
#include "cli/vaults/local.h"
#include "cli/vaults/own.h"
#include "remote/open.h"
#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/past_map.h"
#include "sync/deliver/place.h"
#include "sync/open.h"
#include "vault/changeset/changeset.h"
#include "vault/changeset/published.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/history.h"
#include "vault/join/inode_head.h"
#include "vault/join/place.h"
#include "vault/join/records.h"
#include "vault/join/shared_key.h"
#include "vault/join/xattr_map.h"
#include "vault/keys/record_keys.h"
#include "vault/objects/commit.h"
#include "vault/objects/pack.h"
#include "vault/print/key_text.h"

#include <string.h>

#define KEYS_MAX 64

struct maker {
	struct vault_dir dir;
	struct conf conf;
	struct header header;
	struct own own;
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
	struct map *map;
	struct keyring *keyring;
	struct store *store;
	struct sync *sync;
	struct changeset *changeset; /* its greatest lamport is what is wanted */
	struct rkey keys[KEYS_MAX];
	struct span spans[KEYS_MAX];
	size_t n;
	struct records said;
	struct lthash digest;
};

/* must: it ends as it can: what it has open is gone with the process. */
static void must(err_t e, const char *what, const struct why *why)
{
	if (!e)
		return;
	fprintf(stderr, "golden-commit: %s: %s %s\n", what, err_text(e), why ? why->text : "");
	exit(1);
}

/* -- the device -------------------------------------------------------------------------------------------------- */

static void open_map(struct maker *p, const char *name, const char *passfile)
{
	struct why why = { 0 };
	const struct secret_options options = { .passfile = passfile, .passfd = -1 };
	const struct unlock_source source = { &options, &p->conf, name };
	struct key *local = NULL;
	p->dir = (struct vault_dir)VAULT_DIR_INIT;
	must(vaults_open(name, &p->dir, &why), "the vault", &why);
	must(vaults_lock(&p->dir, &why), "the lock", &why);
	must(vaults_load_conf(&p->dir, &p->conf, &why), "settings", &why);
	must(local_header(&p->dir, &p->header, &why), "the header", &why);
	must(unlock_local(&p->dir, &p->header, &source, &local, &why), "the passphrase", &why);
	must(local_open(&p->dir, local, false, &p->map, &why), "the map", &why);
	must(own_load(p->map, p->header.g.vault, &p->own, &why), "who it is", &why);
	secret_free(local);
}

static void open_engine(struct maker *p)
{
	struct why why = { 0 };
	struct store_config where;
	struct view records = published_view(p->map);
	p->keyring = keyring_new(p->header.g.cipher, p->header.g.vault, p->header.genesis_hash);
	must(p->keyring ? record_keys_roots(&records, &p->header, p->keyring) : ERR_NOMEM, "keys", NULL);
	must(genesis_named(&p->header.g, p->named, &p->named_n), "genesis", NULL);
	conf_store(&p->conf, &where);
	must(store_open(&where, &p->store, &why), "the store", &why);
	struct sync_config c = { .store = p->store,
		                 .map = p->map,
		                 .keyring = p->keyring,
		                 .members = { p->named, p->named_n, p->own.mine },
		                 .clock = clock_system() };
	must(sync_open(&c, &p->sync, &why), "the engine", &why);
	const struct stream *own = streams_find(p->sync, p->sync->stream);
	uint64_t objects, bytes;
	queue_waiting(&p->sync->queue, &objects, &bytes);
	if (!own || !own->applied.n)
		must(ERR_NOTFOUND, "a commit of its own", NULL);
	if (objects)
		must(ERR_BUSY, "something waits for the store", NULL);
	must(changeset_open(p->map, own->number, &p->changeset), "the changeset", NULL);
	sync_attach(p->sync, &(struct sync_attached){ .changeset = p->changeset });
}

/* -- what goes --------------------------------------------------------------------------------------------------- */

static int remove_one(void *ctx, struct span key, struct span value)
{
	struct maker *p = ctx;
	return (int)lthash_remove(&p->digest, key, value);
}

/* leave: what is under that key, of an inode all that is of it, counts in the digest no more. */
static void leave(struct maker *p, struct span key)
{
	struct shared_name file;
	if (map_has(p->map, MAP_RECORDS, key))
		must(ERR_NOTFOUND, "a key", NULL);
	if (shared_key_parse(key, &file) || file.kind != SHARED_INODE) {
		must((err_t)map_scan(p->map, MAP_RECORDS, key, key, remove_one, p), "the digest", NULL);
		return;
	}
	for (unsigned kind = SHARED_INODE; kind <= SHARED_PLACE; kind++) {
		struct rkey all = { .len = (uint8_t)key.len };
		memcpy(all.b, key.p, key.len);
		all.b[0] = (uint8_t)kind;
		must((err_t)map_scan(p->map, MAP_RECORDS, rkey_span(&all), rkey_span(&all), remove_one, p),
		     "the digest", NULL);
	}
}

static int by_bytes(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static void take_keys(struct maker *p, char *const *text, size_t n)
{
	struct why why = { 0 };
	if (n > KEYS_MAX)
		must(ERR_LIMIT, "keys", NULL);
	p->digest = p->sync->st.digest;
	for (size_t i = 0; i < n; i++) {
		must(key_text_parse(text[i], &p->keys[i], &why), text[i], &why);
		p->spans[i] = rkey_span(&p->keys[i]);
		leave(p, p->spans[i]);
	}
	p->n = n;
	qsort(p->spans, n, sizeof(*p->spans), by_bytes);
}

/* -- what was ---------------------------------------------------------------------------------------------------- */

/* was: `value` was in `group` of the inode under that stamp, until a second after the begin of 1970. */
static void was(struct maker *p, struct vault_name n, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf bytes = BUF_INIT, all = BUF_INIT;
	n.kind = SHARED_PLACE;
	struct vault_key key = vault_key_of(&n);
	buf_u64(&bytes, 1);
	buf_put(&bytes, value.p, value.len);
	if (!history_ok(&n, buf_span(&bytes)))
		must(ERR_INVAL, "what was", NULL);
	group_value(&r, 1, STAMP_ZERO, buf_span(&bytes));
	must(record_encode(&r, &all), "a record", NULL);
	must(records_put(&p->said, vault_key_span(&key), buf_span(&all)), "a record", NULL);
	must(lthash_add(&p->digest, vault_key_span(&key), buf_span(&all)), "the digest", NULL);
}

static void place_was(struct maker *p, uint64_t ino, uint64_t lid, struct nodes list)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	cleanup(buf_free) struct buf value = BUF_INIT;
	bool odd = false;
	if (place_read(list, &l, &odd) || !l.where.at.dir)
		return;
	buf_u8(&value, 0);
	buf_u64(&value, l.where.at.dir);
	buf_u8(&value, l.where.at.name.len);
	buf_put(&value, l.where.at.name.b, l.where.at.name.len);
	was(p, (struct vault_name){ .ino = ino, .group = GROUP_PLACE, .sub = lid, .stamp = l.where.stamp },
	    buf_span(&value));
}

static void attrs_were(struct maker *p, uint64_t ino, struct nodes list)
{
	cleanup(inode_head_free) struct inode_head h = { 0 };
	bool odd = false;
	must(inode_head_read(list, ino, &h, &odd), "an inode", NULL);
	for (unsigned i = 0; i < ATTR_GROUPS; i++)
		if (h.attr[i].there)
			was(p,
			    (struct vault_name){
			            .ino = ino, .group = (uint8_t)(GROUP_ATTR + i), .stamp = h.attr[i].stamp },
			    buf_span(&h.attr[i].value));
}

static void xattrs_were(struct maker *p, const struct shared_name *n, struct nodes list)
{
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	bool odd = false;
	must(xattr_map_read(list, n->ino, n->number, &l, &odd), "an xattr", NULL);
	for (size_t i = 0; i < l.n; i++) {
		cleanup(buf_free) struct buf value = BUF_INIT;
		buf_u8(&value, l.v[i].name.len);
		buf_put(&value, l.v[i].name.b, l.v[i].name.len);
		buf_u8(&value, !l.v[i].removed);
		buf_put(&value, l.v[i].value.p, l.v[i].value.len);
		was(p,
		    (struct vault_name){
		            .ino = n->ino, .group = HISTORY_XATTR, .sub = n->number, .stamp = l.v[i].stamp },
		    buf_span(&value));
	}
}

static int record_was(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct maker *p = ctx;
	struct shared_name n;
	must(shared_key_parse(key, &n), "a key", NULL);
	must(record_decode(value, &r), "a record", NULL);
	if (n.kind == SHARED_INODE)
		attrs_were(p, n.ino, group_all(&r));
	if (n.kind == SHARED_INODE || n.kind == SHARED_LINK)
		place_was(p, n.ino, n.kind == SHARED_LINK ? n.number : 0, group_all(&r));
	if (n.kind == SHARED_XATTR)
		xattrs_were(p, &n, group_all(&r));
	return 0;
}

static void take_history(struct maker *p, char *const *inos, size_t n)
{
	static const enum shared_kind kinds[] = { SHARED_INODE, SHARED_LINK, SHARED_XATTR };
	p->digest = p->sync->st.digest;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			struct shared_key of = shared_key_ino(kinds[k], strtoull(inos[i], NULL, 10));
			must((err_t)map_scan(p->map, MAP_RECORDS, shared_key_span(&of), shared_key_span(&of),
			                     record_was, p),
			     "an inode", NULL);
		}
}

/* -- the commit -------------------------------------------------------------------------------------------------- */

/* entries: what was applied since the own commit before. */
static void entries(struct maker *p, const struct stream *own, struct vv *ret)
{
	cleanup(vv_free) struct vv now = { 0 }, before = { 0 };
	struct past past = past_of_map(p->map);
	must(place_positions(p->sync, &now), "positions", NULL);
	must(past_vv(&past, past_position(own->number, own->applied.n, own->applied.hash), &before), "the past", NULL);
	must(vv_changed(&before, &now, own->number, ret), "positions", NULL);
}

static void say(struct maker *p, const struct stream *own, struct span pack, struct commit *c)
{
	*c = (struct commit){ .stream = own->number,
		              .n = own->applied.n + 1,
		              .parts = 1,
		              .previous = own->applied.hash,
		              .time = p->sync->c.clock.wall(p->sync->c.clock.ctx),
		              .lamport = p->sync->lamport,
		              .nonce = p->sync->st.nonce,
		              .rules = SYNC_RULES,
		              .purge = { .v = p->spans, .n = p->n },
		              .pack = pack };
	entries(p, own, &c->vv);
	must(lthash_digest(&p->digest, &c->digest), "the digest", NULL);
}

static void put(struct maker *p)
{
	cleanup(pack_free) struct pack records = PACK_INIT;
	cleanup(buf_free) struct buf pack = BUF_INIT, plain = BUF_INIT, sealed = BUF_INIT;
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	const struct stream *own = streams_find(p->sync, p->sync->stream);
	struct commit c;
	struct hash hash;
	char name[OBJECT_NAME];
	for (size_t i = 0; i < p->said.n; i++)
		must(pack_add(&records, records_key(p->said.v[i]), buf_span(&p->said.v[i]->value)), "records", NULL);
	must(pack_put(&records, &pack), "records", NULL);
	say(p, own, buf_span(&pack), &c);
	must(epoch_open(p->keyring, keyring_epoch(p->keyring), &epoch), "the epoch", NULL);
	must(name_commit(&epoch.names, own->hash, c.n, 0, name), "its name", NULL);
	must(commit_encode(&c, &plain), "its bytes", NULL);
	struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
	must(object_seal(&at, buf_span(&plain), p->sync->seed, &sealed, &hash), "sealing it", NULL);
	must(store_put_sync(p->store, name, buf_span(&sealed)), "the store", NULL);
	printf("%016llx:%llu\n", (unsigned long long)c.stream, (unsigned long long)c.n);
	vv_free(&c.vv);
}

int main(int argc, char **argv)
{
	static struct maker p;
	const bool history = argc > 4 && !strcmp(argv[3], "history");
	if (argc < 5 || !(history || !strcmp(argv[3], "purge"))) {
		fprintf(stderr, "golden-commit NAME PASSFILE history INO... | purge KEY...\n");
		return 2;
	}
	p.said = RECORDS_INIT;
	open_map(&p, argv[1], argv[2]);
	open_engine(&p);
	if (history)
		take_history(&p, argv + 4, (size_t)argc - 4);
	else
		take_keys(&p, argv + 4, (size_t)argc - 4);
	put(&p);
	records_free(&p.said);
	sync_freep(&p.sync);
	changeset_freep(&p.changeset);
	store_close(p.store);
	keyring_freep(&p.keyring);
	own_free(&p.own);
	local_map_close(&p.map);
	header_free(&p.header);
	conf_free(&p.conf);
	vaults_close(&p.dir);
	return 0;
}
