/* SPDX-License-Identifier: MIT
 * debug dump of format 2: a commit of more parts than are read, a list that is longer than an answer may be, sets.
 */
#include "cache/map.h"
#include "cli/control/message.h"
#include "cli/dump/dump.h"
#include "cli/dump/dump_which.h"
#include "remote/open.h"
#include "remote/requests/sync_calls.h"
#include "sync/core/epoch.h"
#include "sync/core/state_form.h"
#include "sync/core/stream.h"
#include "util/cleanup.h"
#include "vault/changeset/said.h"
#include "vault/changeset/state.h"
#include "vault/join/group_encode.h"
#include "vault/join/inode_head.h"
#include "vault/join/shared_key.h"
#include "vault/keys/keyring.h"
#include "vault/objects/commit.h"
#include "vault/objects/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/dump_util.h"

#define PARTS 258
#define RECORDS 400
#define ok(e) assert_int_equal(e, ERR_OK)

static void inode_put(struct buf *out, uint64_t ino)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	const struct inode_head h = { .ino = ino, .type = S_IFDIR >> 12, .birth = { { 1 } } };
	inode_head_write(&r, &h);
	ok(record_encode(&r, out));
}

/* -- commits ----------------------------------------------------------------------------------------------------- */

static void store_part(struct store *store, const struct epoch *epoch, uint32_t part)
{
	static const uint8_t hashes[(PARTS - 1) * HASH_LEN];
	static const struct key seed = { { 9 } };
	cleanup(pack_free) struct pack pack = PACK_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT, records = BUF_INIT, plain = BUF_INIT, sealed = BUF_INIT;
	struct commit c = { .stream = 5, .n = 1, .parts = PARTS, .part = part, .lamport = 41, .part_hashes = hashes };
	struct shared_key key = shared_key_ino(SHARED_INODE, part + 2);
	char name[OBJECT_NAME];
	struct hash hash;
	inode_put(&value, part + 2);
	ok(pack_add(&pack, shared_key_span(&key), buf_span(&value)));
	ok(pack_put(&pack, &records));
	c.pack = buf_span(&records);
	c.nonce.b[0] = 1;
	ok(commit_encode(&c, &plain));
	ok(name_commit(&epoch->names, KNOWN_STREAM, 1, part, name));
	const struct object_place at = epoch_place(epoch, OBJECT_COMMIT, name);
	ok(object_seal(&at, buf_span(&plain), &seed, &sealed, &hash));
	ok(store_put_sync(store, name, buf_span(&sealed)));
}

static void store_commit(const char *folder, const struct keyring *keyring)
{
	struct store_config sc = { .url = folder };
	struct store *store = NULL;
	struct epoch epoch;
	ok(store_open(&sc, &store, NULL));
	ok(epoch_open(keyring, 1, &epoch));
	for (uint32_t part = 0; part < PARTS; part++)
		store_part(store, &epoch, part);
	epoch_wipe(&epoch);
	store_close(store);
}

static json_int_t number_of(const json_t *j, const char *name)
{
	return json_integer_value(json_object_get(j, name));
}

static void a_commit_of_many_parts_shows_its_own_head(void **state)
{
	(void)state;
	char folder[] = "/tmp/cs-dump2.XXXXXX", remove[64], stream[17], commit[20];
	struct why why = { 0 };
	json_t *j = NULL;
	assert_non_null(mkdtemp(folder));
	struct keyring *keyring = vault_keys();
	store_commit(folder, keyring);
	struct map *m = known(stream);
	snprintf(commit, sizeof(commit), "%s:1", stream);
	const struct dump_source from = { .map = m, .keyring = keyring, .store = { .url = folder } };
	ok(dump_unlocked(&from, DUMP_COMMIT, commit, &j, NULL));
	assert_int_equal(number_of(j, "lamport"), 41);
	assert_int_equal(number_of(j, "parts"), PARTS);
	assert_int_equal(number_of(j, "changes_in_parts_read"), 256);
	assert_true(json_is_true(json_object_get(j, "more")));
	assert_null(json_object_get(j, "changes_in_all"));
	json_decref(j);
	assert_int_equal(dump_unlocked(&from, DUMP_HEAD, stream, &j, &why), ERR_NOTFOUND);
	assert_string_equal(why.text, "the cloud has no head of that stream");
	ok(map_close(m));
	keyring_freep(&keyring);
	snprintf(remove, sizeof(remove), "rm -r %s", folder);
	assert_int_equal(system(remove), 0);
}

/* -- sets -------------------------------------------------------------------------------------------------------- */

static void say(struct map *m, uint8_t set, uint64_t ino)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	uint8_t said[64] = { set };
	assert_non_null(b);
	memcpy(said + 1, key.b, key.len);
	inode_put(&value, ino);
	batch_put(b, MAP_RECORDS, SPAN(said, 1u + key.len), buf_span(&value));
	ok(map_apply(m, b));
}

static void put_state(struct map *m, const struct changeset_state *s)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf value = BUF_INIT;
	assert_non_null(b);
	changeset_state_encode(s, &value);
	batch_put(b, MAP_STATE, span_str(STATE_CHANGESET), buf_span(&value));
	ok(map_apply(m, b));
}

static void what_is_open_is_told_from_what_is_closed(void **state)
{
	(void)state;
	static const struct key key;
	const struct map_config c = { .key = &key };
	struct map *m = NULL;
	struct why why = { 0 };
	json_t *j = NULL;
	ok(map_open(&c, &m, NULL));
	const struct dump_source from = { .map = m };
	assert_int_equal(dump_unlocked(&from, DUMP_CHANGESET, "", &j, &why), ERR_NOTFOUND);
	put_state(m, &(struct changeset_state){ SAID_B, 7, 4096 });
	for (uint64_t ino = 2; ino < 2 + RECORDS; ino++)
		say(m, SAID_B, ino);
	say(m, SAID_A, 2);
	ok(dump_unlocked(&from, DUMP_CHANGESET, "", &j, NULL));
	assert_int_equal(number_of(j, "n"), 7);
	assert_int_equal(json_array_size(json_object_get(j, "open")), 300);
	assert_true(json_is_true(json_object_get(j, "more_open")));
	assert_int_equal(json_array_size(json_object_get(j, "closed")), 1);
	assert_false(json_is_true(json_object_get(j, "more_closed")));
	cleanup_free char *text = json_dumps(j, JSON_COMPACT);
	assert_non_null(text);
	assert_true(strlen(text) < CONTROL_ANSWER_MAX);
	json_decref(j);
	ok(dump_unlocked(&from, DUMP_RECORD, "set-a", &j, NULL));
	assert_int_equal(json_array_size(json_object_get(j, "records")), 1);
	json_decref(j);
	ok(map_close(m));
}

/* -- streams ----------------------------------------------------------------------------------------------------- */

static void put_stream(struct map *m, struct id id, struct hash hash)
{
	const struct stream st = { .id = id, .hash = hash, .epoch = 1 };
	cleanup(ops_free) struct ops o = OPS_INIT;
	state_put_stream(&o, &st);
	ok(ops_commit(&o, m));
}

static void put_life(struct map *m, const struct own_life *life)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	state_put_life(&o, life);
	ok(ops_commit(&o, m));
}

static void a_device_may_have_another_stream_by_now(void **state)
{
	(void)state;
	static const struct key key;
	const struct map_config c = { .key = &key };
	const struct own_life first = { .stream = { { 6 } } }, life = { { { 5 } }, 7, 8 };
	struct map *m = NULL;
	struct hash own;
	ok(map_open(&c, &m, NULL));
	put_life(m, &first);
	put_stream(m, first.stream, (struct hash){ { 3 } });
	put_stream(m, life.stream, (struct hash){ { 4 } });
	ok(dump_which_stream(m, "", &own, NULL));
	assert_int_equal(own.b[0], 3);
	put_life(m, &life);
	ok(dump_which_stream(m, "", &own, NULL));
	assert_int_equal(own.b[0], 4);
	ok(map_close(m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_of_many_parts_shows_its_own_head),
		cmocka_unit_test(what_is_open_is_told_from_what_is_closed),
		cmocka_unit_test(a_device_may_have_another_stream_by_now),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
