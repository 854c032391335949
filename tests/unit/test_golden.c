/* SPDX-License-Identifier: MIT
 * The golden vault of format 1 (tests/golden/README.md): opened with either secret, read cold, compared in every field;
 * what a revoked device adds later does not count; what is missing gives an error or an older state, never nonsense.
 */
#include "remote/backends/dir.h"
#include "remote/backends/mem.h"
#include "remote/open.h"
#include "sync/bootstrap.h"
#include "sync/core/sync_struct.h"
#include "tests/golden/tree.h"
#include "vault/keys/header_parts.h"
#include "vault/keys/keys.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka wants these first */
#include <cmocka.h>

#include "tests/vectors.h"

#define GOLDEN TEST_VECTORS "/../golden/format1/"

struct golden { /* the store, copied into memory, and what is known of it */
	struct store *store;
	struct vector hashes, numbers;
	char passphrase[64], recovery[64];
};
struct reader { /* a device that joins from that store alone */
	struct golden *g;
	struct header *header;
	struct slot *slot;
	struct map *map;
	struct keyring *keyring;
	struct key seed;
	struct id id, stream;
	struct sync *sync;
	struct fetch *fetch;
	struct fs *fs;
};

static void text_of(const char *name, char *out, size_t max)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s%s", GOLDEN, name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(out, (int)max, f));
	out[strcspn(out, "\n")] = 0;
	fclose(f);
}

/* --- the store --- */
static enum store_list_next name_one(void *ctx, const char *name, uint64_t size)
{
	struct buf *names = ctx;
	(void)size;
	buf_put(names, name, strlen(name) + 1);
	return STORE_LIST_NEXT;
}

static void copy_one(struct store *from, struct store *to, const char *name)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	assert_int_equal(store_get_sync(from, name, 0, 0, 0, &body), ERR_OK);
	assert_int_equal(store_put_sync(to, name, buf_span(&body)), ERR_OK);
}

static void copy_all(struct store *from, struct store *to)
{
	cleanup(buf_free) struct buf names = BUF_INIT;
	assert_int_equal(from->ops->list(from, name_one, &names), ERR_OK);
	for (size_t at = 0; at < names.len; at += strlen((char *)names.p + at) + 1)
		copy_one(from, to, (char *)names.p + at);
}

static int set_up(void **state)
{
	struct golden *g = calloc(1, sizeof(*g));
	struct store *files;
	FILE *facts = vectors_open("../golden/format1/facts");
	assert_non_null(g);
	assert_true(vectors_next(facts, &g->hashes) && vectors_next(facts, &g->numbers));
	fclose(facts);
	text_of("passphrase", g->passphrase, sizeof(g->passphrase));
	text_of("recovery", g->recovery, sizeof(g->recovery));
	assert_int_equal(store_dir_open(GOLDEN "store", &files, NULL), ERR_OK);
	g->store = store_mem_new();
	copy_all(files, g->store);
	store_close(files);
	*state = g;
	return 0;
}

static int tear_down(void **state)
{
	struct golden *g = *state;
	store_close(g->store);
	free(g);
	return 0;
}

static struct hash hash_of(const struct golden *g, const char *name)
{
	return hash_from(vector_get(&g->hashes, name).p);
}

static struct id id_of(const struct golden *g, const char *name)
{
	return id_from(vector_get(&g->hashes, name).p);
}

static uint64_t number_of(const struct golden *g, const char *name)
{
	return *(const uint8_t *)vector_get(&g->numbers, name).p;
}

static void assert_hash(const struct golden *g, const char *name, struct hash hash)
{
	assert_true(hash_eq(hash, hash_of(g, name)));
}

/* --- a reader --- */
static void unlock(struct reader *r, enum slot_kind kind)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	uint8_t secret[16];
	struct span s = span_str(r->g->passphrase);
	if (!r->header) {
		assert_int_equal(store_get_sync(r->g->store, STORE_HEADER, 0, 0, 0, &bytes), ERR_OK);
		assert_int_equal(header_decode(buf_span(&bytes), &r->header, NULL), ERR_OK);
	}
	if (kind == SLOT_RECOVERY) {
		assert_int_equal(recovery_decode(r->g->recovery, secret, NULL), ERR_OK);
		s = SPAN(secret, sizeof(secret));
	}
	assert_int_equal(header_unlock(r->header, kind, s, &r->keyring, &r->slot, NULL), ERR_OK);
}

static err_t join(struct reader *r, struct golden *g, enum slot_kind kind, struct why *why)
{
	static const struct key map_key = { { 3 } };
	struct map_config c = { .key = &map_key };
	r->g = g;
	assert_int_equal(crypto_random(r->seed.b, 32), ERR_OK);
	assert_int_equal(crypto_random_id(&r->id), ERR_OK);
	assert_int_equal(crypto_random_id(&r->stream), ERR_OK);
	assert_int_equal(map_open(&c, &r->map, NULL), ERR_OK);
	unlock(r, kind);
	struct bootstrap b = { .store = g->store,
		               .map = r->map,
		               .keyring = r->keyring,
		               .header = r->header,
		               .device_seed = &r->seed,
		               .device_name = "later build",
		               .clock = clock_system() };
	b.device = r->id;
	b.stream = r->stream;
	return bootstrap_join(&b, r->slot, why);
}

static void must_join(struct reader *r, struct golden *g, enum slot_kind kind)
{
	struct why why = { "" };
	if (join(r, g, kind, &why))
		fail_msg("bootstrap_join: %s", why.text);
}

static void open_sync(struct reader *r, bool with_slot)
{
	struct sync_config c = { .store = r->g->store,
		                 .map = r->map,
		                 .keyring = r->keyring,
		                 .device_seed = &r->seed,
		                 .slot = with_slot ? r->slot : NULL,
		                 .clock = clock_system() };
	c.device = r->id;
	c.stream = r->stream;
	assert_int_equal(sync_open(&c, &r->sync, NULL), ERR_OK);
}

static void open_fs(struct reader *r)
{
	r->fetch = fetch_new(r->g->store, r->map);
	assert_non_null(r->fetch);
	struct fs_config c = { .format = VAULT_FORMAT_1,
		               .map = r->map,
		               .keyring = r->keyring,
		               .fetch = r->fetch,
		               .uid = 1000,
		               .gid = 1000,
		               .state_dir = "/tmp" };
	assert_int_equal(fs_open(&c, &r->fs), 0);
}

static void reader_free(struct reader *r)
{
	if (r->fetch)
		fetch_stop(r->fetch);
	if (r->fs)
		assert_int_equal(fs_close(r->fs), 0);
	fetch_freep(&r->fetch);
	sync_freep(&r->sync);
	slot_freep(&r->slot);
	if (r->map)
		assert_int_equal(map_close(r->map), ERR_OK);
	keyring_freep(&r->keyring);
	header_freep(&r->header);
}

static int digest_one(void *ctx, struct span key, struct span value)
{
	if (((const uint8_t *)key.p)[0] >= MAP_LOCAL)
		return MAP_STOP;
	return value.p ? (int)lthash_add(ctx, key, value) : ERR_DAMAGED;
}

static void map_digest(struct reader *r, struct hash *out)
{
	struct lthash h = { { 0 } };
	assert_int_equal(map_scan(r->map, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), digest_one, &h), ERR_OK);
	assert_int_equal(lthash_digest(&h, out), ERR_OK);
}

static void assert_tree(struct reader *r)
{
	cleanup(buf_free) struct buf tree = BUF_INIT;
	char want[4096], *save = NULL;
	FILE *f = fopen(GOLDEN "tree.txt", "r");
	assert_non_null(f);
	open_fs(r);
	assert_int_equal(tree_all(r->fs, &tree), 0);
	buf_u8(&tree, 0);
	char *got = strtok_r((char *)tree.p, "\n", &save);
	for (; fgets(want, sizeof(want), f); got = strtok_r(NULL, "\n", &save)) {
		want[strcspn(want, "\n")] = 0;
		assert_non_null(got);
		assert_string_equal(got, want);
	}
	assert_null(got);
	fclose(f);
}

/* assert_whole: everything that is known of the vault. */
static void assert_whole(struct reader *r)
{
	struct hash digest, id;
	const struct golden *g = r->g;
	map_digest(r, &digest);
	assert_hash(g, "digest", digest);
	assert_int_equal(keyring_epoch(r->keyring), 2);
	assert_int_equal(keyring_epoch_id(r->keyring, 2, &id), ERR_OK);
	assert_hash(g, "epoch2", id);
	open_sync(r, true);
	assert_hash(g, "tip", r->sync->st.tip);
	assert_int_equal(r->sync->st.height, number_of(g, "height"));
	const struct stream *b = streams_find(r->sync, id_of(g, "stream-b"));
	assert_non_null(b);
	assert_true(b->closed);
	assert_int_equal(b->closed_at, number_of(g, "n-orphan"));
	assert_hash(g, "orphan", b->closed_hash);
	assert_false(streams_find(r->sync, id_of(g, "stream-a"))->closed);
	assert_tree(r);
}

static void assert_orphan_merged(struct reader *r)
{
	const struct commit_record *orphan = commits_find(r->sync, hash_of(r->g, "orphan"));
	assert_non_null(orphan);
	assert_false(orphan->applied);
	assert_hash(r->g, "merging", orphan->merged);
	assert_true(commits_find(r->sync, orphan->merged)->applied);
}

static void test_the_passphrase_opens_all_of_it(void **state)
{
	cleanup(reader_free) struct reader r = { 0 };
	must_join(&r, *state, SLOT_PASSPHRASE);
	assert_whole(&r);
	assert_orphan_merged(&r);
}

static void test_the_recovery_key_opens_all_of_it(void **state)
{
	cleanup(reader_free) struct reader r = { 0 };
	must_join(&r, *state, SLOT_RECOVERY);
	assert_whole(&r);
	assert_orphan_merged(&r);
}

static void test_the_header_is_written_again_byte_for_byte(void **state)
{
	struct golden *g = *state;
	cleanup(buf_free) struct buf bytes = BUF_INIT, again = BUF_INIT;
	cleanup(header_freep) struct header *h = NULL;
	assert_int_equal(store_get_sync(g->store, STORE_HEADER, 0, 0, 0, &bytes), ERR_OK);
	assert_int_equal(header_decode(buf_span(&bytes), &h, NULL), ERR_OK);
	assert_int_equal(header_encode(h, &again), ERR_OK);
	assert_int_equal(span_cmp(buf_span(&bytes), buf_span(&again)), 0);
}

static void test_a_later_build_goes_on_in_the_second_epoch(void **state)
{
	cleanup(reader_free) struct reader r = { 0 }, next = { 0 };
	struct stat st;
	const struct fs_caller me = { 1000, 1000, 022, 1 };
	must_join(&r, *state, SLOT_PASSPHRASE);
	open_sync(&r, true);
	open_fs(&r);
	assert_int_equal(fs_mkdir(r.fs, &me, INO_ROOT, "later", 0755, &st), 0);
	assert_int_equal(sync_step(r.sync), ERR_OK);
	assert_int_equal(commits_find(r.sync, r.sync->st.tip)->epoch, 2);
	must_join(&next, *state, SLOT_RECOVERY);
	open_fs(&next);
	assert_int_equal(fs_lookup(next.fs, INO_ROOT, "later", &st), 0);
}

/* --- what the revoked device does later --- */
static void b_seed(struct key *seed)
{
	char text[80];
	text_of("b.seed", text, sizeof(text));
	assert_true(hex_decode(text, seed->b, sizeof(seed->b)));
}

/* forge: commit `n` of B on top of everything, with a digest that fits, under an epoch whose root B knows or not. */
static void forge(struct golden *g, uint64_t n, uint32_t epoch)
{
	cleanup(reader_free) struct reader r = { .g = g };
	cleanup(buf_free) struct buf plain = BUF_INIT, out = BUF_INIT, changes = BUF_INIT;
	struct commit c = { .n = n, .epoch = epoch, .parts = 1, .height = number_of(g, "height") + 1, .time = 1 };
	struct key seed;
	char name[OBJECT_NAME];
	struct hash hash;
	b_seed(&seed);
	unlock(&r, SLOT_PASSPHRASE);
	c.stream = id_of(g, "stream-b");
	c.parent = hash_of(g, "tip");
	struct rkey root = key_ino(REC_INODE, INO_ROOT);
	change_del(&changes, rkey_span(&root));
	c.changes = buf_span(&changes);
	assert_int_equal(commit_encode(&c, &plain), ERR_OK);
	assert_int_equal(name_commit(r.keyring, epoch, c.stream, n, 0, name), ERR_OK);
	assert_int_equal(
	        object_seal(OBJECT_PLACE(r.keyring, epoch, OBJ_COMMIT, name), buf_span(&plain), &seed, &out, &hash),
	        ERR_OK);
	assert_int_equal(store_put_sync(g->store, name, buf_span(&out)), ERR_OK);
}

static void test_a_later_commit_of_the_revoked_device_does_not_count(void **state)
{
	struct golden *g = *state;
	cleanup(reader_free) struct reader r = { 0 };
	forge(g, number_of(g, "n-orphan") + 1, 1);
	forge(g, number_of(g, "n-orphan") + 1, 2);
	must_join(&r, g, SLOT_PASSPHRASE);
	assert_whole(&r);
}

static void test_another_commit_at_the_cut_does_not_count(void **state)
{
	struct golden *g = *state;
	cleanup(reader_free) struct reader r = { 0 };
	forge(g, number_of(g, "n-orphan"), 1);
	must_join(&r, g, SLOT_PASSPHRASE);
	assert_whole(&r);
}

/* --- a device that was there before --- */
static void commit_name(struct golden *g, uint32_t epoch, uint64_t n, char name[OBJECT_NAME])
{
	cleanup(reader_free) struct reader r = { .g = g };
	unlock(&r, SLOT_PASSPHRASE);
	assert_int_equal(name_commit(r.keyring, epoch, id_of(g, "stream-a"), n, 0, name), ERR_OK);
}

static void take_away(struct golden *g, const char *name, struct buf *body)
{
	assert_int_equal(store_get_sync(g->store, name, 0, 0, 0, body), ERR_OK);
	assert_int_equal(store_del_sync(g->store, name), ERR_OK);
}

/* join_before: as of before the revocation; the rest of the store appears afterwards. */
static void join_before(struct reader *r, struct golden *g)
{
	cleanup(buf_free) struct buf start = BUF_INIT;
	char name[OBJECT_NAME];
	commit_name(g, 1, number_of(g, "n-epoch2"), name);
	take_away(g, name, &start);
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	assert_int_equal(store_get_sync(g->store, STORE_HEADER, 0, 0, 0, &bytes), ERR_OK);
	assert_int_equal(header_decode(buf_span(&bytes), &r->header, NULL), ERR_OK);
	r->header->nepoch_roots = 2; /* those of epoch 1 */
	must_join(r, g, SLOT_PASSPHRASE);
	assert_int_equal(keyring_claimed(r->keyring), 1);
	assert_int_equal(store_put_sync(g->store, name, buf_span(&start)), ERR_OK);
}

static void test_a_device_that_was_there_follows_the_new_epoch(void **state)
{
	struct golden *g = *state;
	cleanup(reader_free) struct reader r = { 0 };
	join_before(&r, g);
	open_sync(&r, true);
	assert_int_equal(sync_step(r.sync), ERR_OK);
	assert_int_equal(keyring_epoch(r.keyring), 2);
	assert_true(commits_find(r.sync, hash_of(g, "tip"))->applied);
	assert_true(streams_find(r.sync, id_of(g, "stream-b"))->closed);
	assert_int_equal(commits_find(r.sync, r.sync->st.tip)->epoch, 2); /* its own commit, on top */
	assert_tree(&r);
}

static void test_without_a_slot_a_device_stays_where_it_is(void **state)
{
	struct golden *g = *state;
	cleanup(reader_free) struct reader r = { 0 };
	join_before(&r, g);
	open_sync(&r, false);
	assert_int_equal(sync_step(r.sync), ERR_VERSION);
	assert_hash(g, "merging", r.sync->st.tip);
	assert_int_equal(keyring_epoch(r.keyring), 1);
	assert_true(strstr(sync_alarm_text(r.sync), "unlock it again"));
}

/* --- damage --- */
static void assert_refused(struct golden *g, const char *text)
{
	cleanup(reader_free) struct reader r = { 0 };
	struct why why = { "" };
	assert_int_equal(join(&r, g, SLOT_PASSPHRASE, &why), ERR_DAMAGED);
	assert_non_null(strstr(why.text, text));
}

static void test_a_missing_epoch_start_is_told(void **state)
{
	struct golden *g = *state;
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	commit_name(g, 1, number_of(g, "n-epoch2"), name);
	take_away(g, name, &body);
	assert_refused(g, "keys were changed");
}

static void test_a_missing_merging_commit_is_told(void **state)
{
	struct golden *g = *state;
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	commit_name(g, 1, number_of(g, "n-merging"), name);
	take_away(g, name, &body);
	assert_refused(g, "keys were changed");
}

static void test_a_damaged_epoch_start_is_told(void **state)
{
	struct golden *g = *state;
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	commit_name(g, 1, number_of(g, "n-epoch2"), name);
	take_away(g, name, &body);
	body.p[body.len / 2] ^= 1;
	assert_int_equal(store_put_sync(g->store, name, buf_span(&body)), ERR_OK);
	assert_refused(g, "keys were changed");
}

/* assert_sound: an older state is one that its commit's author had; reading it gives bytes or an error. */
static void assert_sound(struct reader *r)
{
	cleanup(buf_free) struct buf tree = BUF_INIT;
	struct hash of_map, said;
	open_sync(r, true);
	map_digest(r, &of_map);
	assert_int_equal(lthash_digest(&r->sync->st.digest, &said), ERR_OK);
	assert_true(hash_eq(of_map, said));
	open_fs(r);
	int err = tree_all(r->fs, &tree);
	assert_true(err == 0 || err == EIO);
}

static void test_no_missing_object_leads_to_nonsense(void **state)
{
	struct golden *g = *state;
	cleanup(buf_free) struct buf names = BUF_INIT;
	struct store *all = store_mem_new();
	copy_all(g->store, all);
	assert_int_equal(all->ops->list(all, name_one, &names), ERR_OK);
	for (size_t at = 0; at < names.len; at += strlen((char *)names.p + at) + 1) {
		cleanup(reader_free) struct reader r = { 0 };
		struct why why = { "" };
		const char *name = (char *)names.p + at;
		if (!strcmp(name, STORE_HEADER))
			continue;
		store_close(g->store);
		g->store = store_mem_new();
		copy_all(all, g->store);
		assert_int_equal(store_del_sync(g->store, name), ERR_OK);
		if (join(&r, g, SLOT_PASSPHRASE, &why) == ERR_OK)
			assert_sound(&r);
		else
			assert_true(why.text[0] != 0);
	}
	store_close(all);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_the_passphrase_opens_all_of_it),
		T(test_the_recovery_key_opens_all_of_it),
		T(test_the_header_is_written_again_byte_for_byte),
		T(test_a_later_build_goes_on_in_the_second_epoch),
		T(test_a_later_commit_of_the_revoked_device_does_not_count),
		T(test_another_commit_at_the_cut_does_not_count),
		T(test_a_device_that_was_there_follows_the_new_epoch),
		T(test_without_a_slot_a_device_stays_where_it_is),
		T(test_a_missing_epoch_start_is_told),
		T(test_a_missing_merging_commit_is_told),
		T(test_a_damaged_epoch_start_is_told),
		T(test_no_missing_object_leads_to_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
