/* SPDX-License-Identifier: MIT
 * Makes the golden vault of format 1: tests/golden/README.md. What the engine makes is made by the engine; an orphan
 * and its merging, a revocation and a second epoch are built by hand from the codecs, as docs/format1.md says.
 *
 *     make FOLDER      FOLDER/store must be there, empty
 */
#include "remote/backends/dir.h"
#include "remote/open.h"
#include "sync/bootstrap.h"
#include "sync/core/sync_struct.h"
#include "sync/publish/close.h"
#include "sync/publish/head_write.h"
#include "sync/publish/upload.h"
#include "tests/golden/tree.h"
#include "vault/objects/objects.h"
#include "vault/txn/txn.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PASSPHRASE "a golden vault of format 1"

/* must: the maker has nobody to report to. */
#define must(call)                                                                                                     \
	do {                                                                                                           \
		int must_e = (int)(call);                                                                              \
		if (must_e) {                                                                                          \
			fprintf(stderr, "%s:%d: %s: %d\n", __FILE__, __LINE__, #call, must_e);                         \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

struct device {
	struct store *store;
	struct header *header;
	struct map *map;
	struct keyring *keyring;
	struct key seed;
	struct id id, stream;
	struct sync *sync;
	struct fetch *fetch;
	struct fs *fs;
};
static const struct fs_caller me = { 1000, 1000, 022, 1 };

static void on_changed(void *ctx, struct span key, struct span before, struct span after)
{
	fs_changed(((struct device *)ctx)->fs, key, before, after);
}

static void device_new(struct device *d, struct store *store)
{
	static const struct key map_key = { { 9 } };
	struct map_config c = { .key = &map_key };
	*d = (struct device){ .store = store };
	must(crypto_random(d->seed.b, 32));
	must(crypto_random_id(&d->id));
	must(crypto_random_id(&d->stream));
	must(map_open(&c, &d->map, NULL));
}

static void device_fs(struct device *d)
{
	struct fs_config c = { .format = VAULT_FORMAT_1,
		               .map = d->map,
		               .keyring = d->keyring,
		               .fetch = d->fetch,
		               .uid = 1000,
		               .gid = 1000,
		               .state_dir = "/tmp" };
	must(fs_open(&c, &d->fs));
}

static void device_open(struct device *d)
{
	struct sync_config c = { .store = d->store,
		                 .map = d->map,
		                 .keyring = d->keyring,
		                 .device_seed = &d->seed,
		                 .clock = clock_system(),
		                 .checkpoint_min = 1,
		                 .changed = on_changed,
		                 .ctx = d };
	c.device = d->id;
	c.stream = d->stream;
	must(sync_open(&c, &d->sync, NULL));
	d->fetch = fetch_new(d->store, d->map);
	must(!d->fetch);
	device_fs(d);
}

static void device_free(struct device *d)
{
	fetch_stop(d->fetch);
	must(fs_close(d->fs));
	fetch_freep(&d->fetch);
	sync_freep(&d->sync);
	must(map_close(d->map));
	keyring_freep(&d->keyring);
}

static struct bootstrap bootstrap_of(struct device *d, const char *name)
{
	struct bootstrap b = { .store = d->store,
		               .map = d->map,
		               .keyring = d->keyring,
		               .header = d->header,
		               .device_seed = &d->seed,
		               .device_name = name,
		               .clock = clock_system() };
	b.device = d->id;
	b.stream = d->stream;
	return b;
}

static void put_header(struct device *d)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	must(header_encode(d->header, &bytes));
	must(store_put_sync(d->store, STORE_HEADER, buf_span(&bytes)));
}

static void create(struct device *d, char **recovery)
{
	struct vault_create vc = { .passphrase = span_str(PASSPHRASE),
		                   .kdf = { KDF_FLOOR_KIB, 1, 1 },
		                   .device_name = "desk",
		                   .device_seed = &d->seed,
		                   .now = 1700000000 };
	struct why why = { "" };
	vc.device_id = d->id;
	vc.stream = d->stream;
	must(header_create(&vc, &d->header, &d->keyring, recovery));
	struct bootstrap b = bootstrap_of(d, "desk");
	must(bootstrap_create(&b, &why));
	put_header(d);
	device_open(d);
}

static void join(struct device *d, struct header *h, struct slot **slot)
{
	struct why why = { "" };
	d->header = h;
	must(header_unlock(h, SLOT_PASSPHRASE, span_str(PASSPHRASE), &d->keyring, slot, &why));
	struct bootstrap b = bootstrap_of(d, "J\xc3\xb6rg's laptop");
	must(bootstrap_join(&b, *slot, &why));
	device_open(d);
}

/* --- files --- */
/* fill: bytes that do not compress, the same on every run. */
static void fill(uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		p[i] = (uint8_t)(seed >> 24);
	}
}

static void times(struct device *d, uint64_t ino, int64_t sec, long nsec)
{
	struct stat st = { .st_atim = { sec + 1, nsec / 2 }, .st_mtim = { sec, nsec } }, out;
	must(fs_setattr(d->fs, &me, ino, &st, FS_SET_ATIME | FS_SET_MTIME, &out));
}

static uint64_t dir_at(struct device *d, uint64_t dir, const char *name)
{
	struct stat st;
	must(fs_lookup(d->fs, dir, name, &st));
	return st.st_ino;
}

static uint64_t directory(struct device *d, uint64_t dir, const char *name, mode_t mode)
{
	struct stat st;
	must(fs_mkdir(d->fs, &me, dir, name, mode, &st));
	return st.st_ino;
}

/* struct bytes: `n` of `seed` at `off`; the file ends at `size` at least. */
struct bytes {
	uint64_t off;
	size_t n;
	uint64_t size;
	uint32_t seed;
};
#define BYTES(off, n, size, seed) (&(struct bytes){ off, n, size, seed })

static uint64_t file(struct device *d, uint64_t dir, const char *name, const struct bytes *b)
{
	struct stat st = { .st_size = (off_t)b->size };
	struct fs_file *f;
	cleanup_free uint8_t *p = malloc(b->n + 1);
	must(!p);
	fill(p, b->n, b->seed);
	must(fs_create(d->fs, &me, &(struct fs_new){ dir, name, 0644 }, O_RDWR, &st, &f));
	uint64_t ino = st.st_ino;
	if (b->size) {
		st.st_size = (off_t)b->size;
		must(fs_setattr(d->fs, &me, ino, &st, FS_SET_SIZE, &st));
	}
	if (b->n)
		must(fs_write(d->fs, f, b->off, p, b->n, 0));
	fs_file_close(d->fs, f);
	times(d, ino, 1600000000 + b->seed, 123456789);
	return ino;
}

static void acl_put(struct buf *b, uint16_t tag, uint16_t perm, uint32_t id)
{
	buf_u16(b, tag);
	buf_u16(b, perm);
	buf_u32(b, id);
}

static void acls(struct device *d, uint64_t ino, uint64_t dir)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_u32(&b, 2);
	acl_put(&b, 0x01, 6, UINT32_MAX);
	acl_put(&b, 0x02, 4, 1234);
	acl_put(&b, 0x04, 4, UINT32_MAX);
	acl_put(&b, 0x10, 4, UINT32_MAX);
	acl_put(&b, 0x20, 0, UINT32_MAX);
	must(fs_setxattr(d->fs, &me, ino, "system.posix_acl_access", SPAN(b.p, b.len), 0));
	must(fs_setxattr(d->fs, &me, dir, "system.posix_acl_default", SPAN(b.p, b.len), 0));
}

static void attributes(struct device *d, uint64_t dir)
{
	struct stat st = { .st_mode = 0640, .st_uid = 5000, .st_gid = 6000 }, out;
	uint64_t ino = file(d, dir, "attributes", BYTES(0, 10, 0, 30));
	char big[3000];
	memset(big, 'x', sizeof(big));
	must(fs_setattr(d->fs, &me, ino, &st, FS_SET_MODE | FS_SET_UID | FS_SET_GID, &out));
	must(fs_setxattr(d->fs, &me, ino, "user.empty", SPAN("", 0), 0));
	must(fs_setxattr(d->fs, &me, ino, "user.big", SPAN(big, sizeof(big)), 0));
	must(fs_setxattr(d->fs, &me, dir, "user.b\xc3\xbc", SPAN("\0\xff\n", 3), 0));
	acls(d, ino, dir);
	times(d, ino, -1, 999999999);
}

static void odd_names(struct device *d, uint64_t dir)
{
	char longest[NAME_LEN_MAX + 1];
	memset(longest, 'n', NAME_LEN_MAX);
	longest[NAME_LEN_MAX] = 0;
	(void)file(d, dir, longest, BYTES(0, 3, 0, 40));
	(void)file(d, dir, " blanks ", BYTES(0, 0, 0, 41));
	(void)file(d, dir, "line\nend\tand \\", BYTES(0, 1, 0, 42));
	(void)file(d, dir, "\xff\xfe not UTF-8", BYTES(0, 1, 0, 43));
	(void)file(d, dir, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x92", BYTES(0, 1, 0, 44));
	(void)file(d, dir, "...", BYTES(0, 1, 0, 45));
}

static void first_files(struct device *d)
{
	struct stat st;
	uint64_t docs = directory(d, INO_ROOT, "docs", 0755), deep = directory(d, docs, "deep", 0700);
	uint64_t names = directory(d, INO_ROOT, "names", 0755), kinds = directory(d, INO_ROOT, "kinds", 01777);
	(void)directory(d, INO_ROOT, "empty", 02755);
	(void)file(d, docs, "empty", BYTES(0, 0, 0, 1));
	(void)file(d, docs, "small", BYTES(0, 11, 0, 2));
	(void)file(d, docs, "inline-max", BYTES(0, FILE_INLINE_MAX, 0, 3));
	(void)file(d, deep, "one-block", BYTES(0, FILE_INLINE_MAX + 1, 0, 4));
	(void)file(d, deep, "many-blocks", BYTES(0, 2 * BLOCK_SIZE + 12345, 0, 5));
	(void)file(d, deep, "sparse", BYTES(3 * EXTENT_GROUP_SIZE + 100, 5000, 5 * EXTENT_GROUP_SIZE + 7, 6));
	(void)file(d, deep, "hole", BYTES(0, 0, 1 << 20, 7));
	attributes(d, directory(d, INO_ROOT, "attributes", 0755));
	odd_names(d, names);
	uint64_t linked = file(d, docs, "linked", BYTES(0, 2000, 0, 8));
	must(fs_link(d->fs, linked, deep, "hard link", &st));
	must(fs_symlink(d->fs, &me, "../docs/small", kinds, "symlink", &st));
	must(fs_mknod(d->fs, &me, &(struct fs_new){ kinds, "fifo", S_IFIFO | 0600 }, &st));
	must(fs_mknod(d->fs, &me, &(struct fs_new){ kinds, "socket", S_IFSOCK | 0600 }, &st));
	must(fs_mknod(d->fs, &me, &(struct fs_new){ kinds, "device", S_IFCHR | 0600, 0x103 }, &st));
	times(d, kinds, 4102444800, 1);
}

static void step(struct device *d)
{
	must(sync_step(d->sync));
}

/* --- commits by hand --- */
struct made {
	struct buf changes;
	struct lthash digest;
};

static int made_change(void *ctx, struct span key, struct span before, struct span after)
{
	struct made *m = ctx;
	if (before.p)
		must(lthash_remove(&m->digest, key, before));
	if (after.p)
		must(lthash_add(&m->digest, key, after));
	if (after.p)
		change_put(&m->changes, key, after);
	else
		change_del(&m->changes, key);
	return 0;
}

/* seal: `c` (its time, epoch and what is special about it are set) as the next commit of the device. */
static void seal(struct device *d, struct commit *c, const struct made *m, struct buf *out, struct hash *hash)
{
	const struct state *st = &d->sync->st;
	cleanup(buf_free) struct buf plain = BUF_INIT;
	char name[OBJECT_NAME];
	c->stream = d->stream;
	c->parent = st->tip;
	c->n = st->n + 1;
	c->parts = 1;
	c->height = st->height + 1;
	c->changes = buf_span(&m->changes);
	must(lthash_digest(&m->digest, &c->digest));
	must(commit_encode(c, &plain));
	must(name_commit(d->keyring, c->epoch, d->stream, c->n, 0, name));
	must(object_seal(OBJECT_PLACE(d->keyring, c->epoch, OBJ_COMMIT, name), buf_span(&plain), &d->seed, out, hash));
}

static void moved(struct device *d, const struct commit *c, const struct made *m, struct hash hash)
{
	struct stream *own = streams_find(d->sync, d->stream);
	struct state *st = &d->sync->st;
	st->n = st->confirmed = own->seen.n = own->applied.n = c->n;
	st->height = c->height;
	st->digest = m->digest;
	st->uncommitted = st->uncommitted_last = 0;
	st->tip = hash;
	own->seen.hash = hash;
	own->applied.hash = hash;
	own->epoch = c->epoch;
}

/* commit_by_hand: what changed in the map since the last commit. `not_below`: the commit must lose against a commit
 * of that hash at the same height. The changes go to `m`. */
static void commit_by_hand(struct device *d, struct commit *c, const struct hash *not_below, struct made *m,
                           struct hash *hash)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	char name[OBJECT_NAME];
	*m = (struct made){ BUF_INIT, d->sync->st.digest };
	must(publish_close(d->sync, true));
	must(map_delta(d->map, d->sync->st.uncommitted, SPAN(NULL, 0), made_change, m));
	must(upload_run(d->sync));
	c->time = clock_wall();
	do {
		buf_clear(&out);
		c->time++;
		seal(d, c, m, &out, hash);
	} while (not_below && hash_cmp(*hash, *not_below) < 0);
	must(name_commit(d->keyring, c->epoch, d->stream, c->n, 0, name));
	must(store_put_sync(d->store, name, buf_span(&out)));
	moved(d, c, m, *hash);
}

/* repeat: the changes of another's commit as this device's own. */
static void repeat(struct device *d, const struct made *m)
{
	cleanup(txn_freep) struct txn *t = txn_begin(d->map);
	struct rd r = RD(buf_span(&m->changes));
	struct span key, value;
	while (change_next(&r, &key, &value)) {
		struct buf v = { .p = (uint8_t *)(uintptr_t)value.p, .len = value.len };
		if (value.p)
			txn_put(t, key, &v);
		else
			txn_del(t, key);
	}
	must(txn_apply(t));
}

static void put_record(struct device *d, struct rkey key, const struct buf *value)
{
	cleanup(txn_freep) struct txn *t = txn_begin(d->map);
	must(buf_ok(value));
	txn_put(t, rkey_span(&key), value);
	must(txn_apply(t));
}

/* --- the story --- */
struct facts {
	struct hash orphan, merging, epoch2, revoke;
	uint64_t n_orphan, n_merging, n_epoch2;
};

static void race_and_merge(struct device *a, struct device *b, struct facts *f)
{
	struct made theirs, mine;
	struct commit orphan = { .epoch = 1 }, merging = { .epoch = 1, .norphans = 1, .orphans = f->orphan.b };
	(void)file(a, dir_at(a, INO_ROOT, "docs"), "won the race", BYTES(0, 3000, 0, 50));
	(void)file(b, dir_at(b, INO_ROOT, "laptop"), "lost the race, merged", BYTES(0, 3000, 0, 51));
	(void)file(b, dir_at(b, INO_ROOT, "laptop"), "small, too", BYTES(0, 30, 0, 52));
	step(a);
	commit_by_hand(b, &orphan, &a->sync->st.tip, &theirs, &f->orphan);
	f->n_orphan = orphan.n;
	must(fs_close(a->fs)); /* the map changes below it */
	repeat(a, &theirs);
	commit_by_hand(a, &merging, NULL, &mine, &f->merging);
	f->n_merging = merging.n;
	device_fs(a);
	buf_free(&theirs.changes);
	buf_free(&mine.changes);
}

static int one_statement(void *ctx, struct span key, struct span value)
{
	(void)key;
	buf_clear(ctx);
	buf_put(ctx, value.p, value.len);
	return 0;
}

/* revoke_device: signed by the passphrase's slot after B's join, which is the only statement so far. */
static void revoke_device(struct device *a, const struct device *b, const struct slot *slot, struct facts *f,
                          struct buf *statement)
{
	cleanup(buf_free) struct buf joined = BUF_INIT, v = BUF_INIT;
	struct rkey prefix = key_kind(REC_STATEMENT);
	struct stream_cut cut = { .n = f->n_orphan };
	struct statement s = { .kind = ST_REVOKE, .number = 2, .time = 1700000100, .cuts = &cut, .ncuts = 1 };
	struct stream_rec closed = { .closed = true, .closed_at = f->n_orphan };
	must(map_scan(a->map, MAP_RECORDS, rkey_span(&prefix), SPAN(NULL, 0), one_statement, &joined));
	must(statement_hash(buf_span(&joined), &s.previous));
	s.slot = slot_id(slot);
	s.device = b->id;
	cut.stream = b->stream;
	cut.hash = f->orphan;
	must(statement_sign(&s, header_vault(a->header), header_genesis(a->header), slot, statement));
	must(statement_hash(buf_span(statement), &f->revoke));
	put_record(a, key_bytes(REC_STATEMENT, hash_span(&f->revoke)), statement);
	closed.device = b->id;
	closed.closed_hash = f->orphan;
	stream_encode(&closed, &v);
	put_record(a, key_id(REC_STREAM, b->stream), &v);
	must(header_add_statement(a->header, buf_span(&joined)));
	must(header_add_statement(a->header, buf_span(statement)));
}

static void start_epoch(struct device *a, struct hash cause, struct facts *f)
{
	cleanup(buf_free) struct buf start = BUF_INIT, v = BUF_INIT;
	struct epoch_member members[8];
	struct commit c = { .epoch = 1 };
	struct made made;
	struct key root;
	size_t n;
	must(crypto_random(root.b, sizeof(root.b)));
	must(epoch_members(a->header, members, 8, &n));
	must(epoch_seal(a->keyring, NEW_EPOCH(2, cause, &root), members, n, &start));
	c.new_epoch = buf_span(&start);
	commit_by_hand(a, &c, NULL, &made, &f->epoch2);
	f->n_epoch2 = c.n;
	buf_free(&made.changes);
	must(keyring_add(a->keyring, 2, f->epoch2, &root));
	must(header_seal_epoch_roots(a->header, a->keyring));
	put_header(a);
	epoch_encode(&root, &v);
	put_record(a, key_epoch(2, f->epoch2), &v);
	key_wipe(&root);
}

static void second_epoch(struct device *a)
{
	struct commit c = { .epoch = 2 };
	struct made made;
	struct hash hash;
	(void)file(a, dir_at(a, INO_ROOT, "docs"), "of the second epoch", BYTES(0, BLOCK_SIZE + 500, 0, 60));
	commit_by_hand(a, &c, NULL, &made, &hash);
	buf_free(&made.changes);
	must(head_write(a->sync));
}

/* --- what stands beside the store --- */
static FILE *beside(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	must(!f);
	return f;
}

static void write_text(const char *folder, const char *name, const char *text)
{
	FILE *f = beside(folder, name);
	must(fprintf(f, "%s\n", text) < 0);
	must(fclose(f));
}

static void fact(FILE *f, const char *name, const void *p, size_t n)
{
	char hex[2 * HASH_LEN + 1];
	hex_encode(p, n, hex);
	fprintf(f, "%s = %s\n", name, hex);
}

static void fact_number(FILE *f, const char *name, uint64_t v)
{
	fprintf(f, "%s = %02x\n", name, (unsigned)v);
}

static void write_facts(const char *folder, struct device *a, struct device *b, const struct facts *x)
{
	FILE *f = beside(folder, "facts");
	struct hash digest;
	must(lthash_digest(&a->sync->st.digest, &digest));
	fprintf(f, "# What the test knows of the vault; numbers are one byte\n");
	fact(f, "stream-a", a->stream.b, ID_LEN);
	fact(f, "stream-b", b->stream.b, ID_LEN);
	fact(f, "orphan", x->orphan.b, HASH_LEN);
	fact(f, "merging", x->merging.b, HASH_LEN);
	fact(f, "epoch2", x->epoch2.b, HASH_LEN);
	fact(f, "revoke", x->revoke.b, HASH_LEN);
	fact(f, "tip", a->sync->st.tip.b, HASH_LEN);
	fact(f, "digest", digest.b, HASH_LEN);
	fprintf(f, "\n");
	fact_number(f, "height", a->sync->st.height);
	fact_number(f, "n-orphan", x->n_orphan);
	fact_number(f, "n-merging", x->n_merging);
	fact_number(f, "n-epoch2", x->n_epoch2);
	must(fclose(f));
}

static void write_beside(const char *folder, struct device *a, struct device *b, const char *recovery,
                         const struct facts *x)
{
	cleanup(buf_free) struct buf tree = BUF_INIT;
	char seed[2 * 32 + 1];
	hex_encode(b->seed.b, 32, seed);
	write_text(folder, "passphrase", PASSPHRASE);
	write_text(folder, "recovery", recovery);
	write_text(folder, "b.seed", seed);
	write_facts(folder, a, b, x);
	must(tree_all(a->fs, &tree));
	FILE *f = beside(folder, "tree.txt");
	must(fwrite(tree.p, 1, tree.len, f) != tree.len);
	must(fclose(f));
}

int main(int argc, char **argv)
{
	char path[4096], *recovery = NULL;
	struct store *store;
	struct device a, b;
	struct slot *slot = NULL;
	struct facts facts = { .n_orphan = 0 };
	cleanup(buf_free) struct buf statement = BUF_INIT;
	must(argc != 2);
	snprintf(path, sizeof(path), "%s/store", argv[1]);
	must(store_dir_open(path, &store, NULL));
	device_new(&a, store);
	device_new(&b, store);
	create(&a, &recovery);
	first_files(&a);
	step(&a);
	join(&b, a.header, &slot);
	(void)file(&b, directory(&b, INO_ROOT, "laptop", 0755), "from the laptop", BYTES(0, 4000, 0, 20));
	step(&b);
	step(&a);
	(void)file(&a, INO_ROOT, "after the join", BYTES(0, 20, 0, 21));
	step(&a);
	step(&b);
	race_and_merge(&a, &b, &facts);
	revoke_device(&a, &b, slot, &facts, &statement);
	start_epoch(&a, facts.revoke, &facts);
	second_epoch(&a);
	write_beside(argv[1], &a, &b, recovery, &facts);
	slot_freep(&slot);
	secret_free(recovery);
	device_free(&a);
	device_free(&b);
	header_freep(&a.header);
	store_close(store);
	return 0;
}
