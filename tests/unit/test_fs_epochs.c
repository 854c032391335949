/* SPDX-License-Identifier: MIT
 * What a file's bytes are sealed under when an epoch begins while it is open: all that is written from then on, and
 * what was written before and lies in memory, under the new one; who has the old root and the file's key opens none of
 * these blocks.
 */
#include "tests/unit/fs_data_util.h"
#include "util/cleanup.h"
#include "vault/objects/block.h"
#include "vault/records/blocks.h"

#define MOST 64

struct sealed { /* blocks that wait for a segment */
	struct id id[MOST];
	uint32_t epoch[MOST];
	size_t n;
};

static int note(void *ctx, struct span key, struct span value)
{
	struct sealed *s = ctx;
	struct pending_block p;
	assert_int_equal(pending_block_decode(value, &p), ERR_OK);
	assert_true(s->n < MOST && key.len == 1 + ID_LEN);
	s->id[s->n] = id_from((const uint8_t *)key.p + 1);
	s->epoch[s->n++] = p.epoch;
	return ERR_OK;
}

static void look(struct rig *r, struct sealed *s)
{
	static const uint8_t waits = QUEUE_BLOCK;
	s->n = 0;
	assert_int_equal(map_scan(r->map, MAP_QUEUE, SPAN(&waits, 1), SPAN(NULL, 0), note, s), ERR_OK);
}

static bool has(const struct sealed *s, struct id id)
{
	bool is = false;
	for (size_t i = 0; i < s->n; i++)
		is |= id_eq(s->id[i], id);
	return is;
}

/* opens: by the root of that epoch and the file's key. */
static bool opens(struct rig *r, struct fs_file *h, struct id id, uint32_t place)
{
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	cleanup(key_wipe) struct key blocks = { 0 };
	struct inode in = rig_inode(r, h);
	uint8_t byte;
	assert_int_equal(keyring_key(r->keyring, place, KEY_BLOCKS, &blocks), ERR_OK);
	assert_int_equal(map_get(r->map, MAP_BLOCK, id_span(&id), &sealed), ERR_OK);
	const struct block_keys k = { keyring_cipher(r->keyring), &blocks, in.file_key };
	return block_open(&k, buf_span(&sealed), 0, 1, &byte) == ERR_OK;
}

static void what_is_written_once_an_epoch_began_is_sealed_under_it(void **state)
{
	static const struct hash second = { { 2 } };
	static const struct key root = { { 8 } };
	static uint8_t bytes[4 * BLOCK_SIZE];
	struct sealed before, now;
	struct rig r;
	size_t new = 0;
	(void)state;
	rig_open(&r);
	struct fs_file *h = rig_create(&r);
	fill(bytes, sizeof(bytes), 1);
	rig_write(&r, h, 0, bytes, 3 * BLOCK_SIZE);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(h)), 0);
	look(&r, &before);
	assert_int_equal(before.n, 3);
	rig_write(&r, h, 3 * BLOCK_SIZE, bytes, 1000); /* stays in memory */
	look(&r, &now);
	assert_int_equal(now.n, 3);
	assert_int_equal(keyring_add(r.keyring, 2, second, &root), ERR_OK);
	rig_write(&r, h, 100, bytes, 50); /* within what is sealed */
	rig_write(&r, h, 2 * BLOCK_SIZE, bytes, BLOCK_SIZE);
	assert_int_equal(fs_fsync(r.fs, fs_ino_of(h)), 0);
	look(&r, &now);
	for (size_t i = 0; i < now.n; i++) {
		bool old = has(&before, now.id[i]);
		new += !old;
		assert_int_equal(now.epoch[i], old ? 1 : 2);
		assert_int_equal(opens(&r, h, now.id[i], 1), old);
		assert_int_equal(opens(&r, h, now.id[i], 2), !old);
	}
	assert_true(new >= 3); /* each of the three writes is in one */
	fs_file_close(r.fs, h);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_once_an_epoch_began_is_sealed_under_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
