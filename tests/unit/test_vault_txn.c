/* SPDX-License-Identifier: MIT
 * Derived records: whatever is changed, by whatever door, an independent recount of the whole map agrees with them.
 */
#include "cache_util.h"
#include "vault/txn/txn.h"
#include "util/log.h"

#define DIRS 6   /* inodes 1..6 */
#define HASHES 3 /* few, so that names tie */
#define INOS 24  /* entries point to 1..24 */
#define CONTENTS 3
#define GROUPS 2
#define BLOCKS 48
#define LIST 6

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
	return *seed >> 16;
}

static void block_id(unsigned i, struct id *id)
{
	memset(id, (int)i + 1, ID_LEN);
}

/* What the shared records say, kept beside the map. */
struct model {
	struct dirent_rec entry[DIRS + 1][HASHES][LIST];
	size_t entries[DIRS + 1][HASHES];
	struct extent extent[CONTENTS][GROUPS][LIST];
	size_t extents[CONTENTS][GROUPS];
};

static unsigned names_of(const struct model *m, uint64_t ino)
{
	unsigned n = 0;
	for (size_t d = 1; d <= DIRS; d++)
		for (size_t h = 0; h < HASHES; h++)
			for (size_t i = 0; i < m->entries[d][h]; i++)
				n += m->entry[d][h][i].ino == ino;
	return n;
}

static unsigned subdirs_of(const struct model *m, uint64_t ino)
{
	unsigned n = 0;
	for (size_t h = 0; ino <= DIRS && h < HASHES; h++)
		for (size_t i = 0; i < m->entries[ino][h]; i++)
			n += m->entry[ino][h][i].type == S_IFDIR;
	return n;
}

static unsigned refs_of(const struct model *m, struct id id)
{
	unsigned n = 0;
	for (size_t c = 0; c < CONTENTS; c++)
		for (size_t w = 0; w < GROUPS; w++)
			for (size_t i = 0; i < m->extents[c][w]; i++)
				n += id_eq(m->extent[c][w][i].block, id);
	return n;
}

/* --- random changes, to the model and to a set --- */

static void change_entries(struct txn *t, struct model *m, uint64_t *seed)
{
	static const char *const names[LIST] = { "a", "bb", "ccc", "d", "e", "f" };
	size_t d = 1 + next(seed) % DIRS, h = next(seed) % HASHES, n = 0;
	struct dirent_rec *list = m->entry[d][h];
	for (size_t i = 0; i < LIST; i++)
		if (next(seed) % 4 == 0)
			list[n++] = (struct dirent_rec){ span_str(names[i]), 1 + next(seed) % INOS,
				                         next(seed) % 3 ? S_IFREG : S_IFDIR };
	m->entries[d][h] = n;
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey key = key_ino_hash(REC_DIRENT, d, h);
	if (n)
		dirent_encode(list, n, &b);
	if (n)
		txn_put(t, rkey_span(&key), &b);
	else
		txn_del(t, rkey_span(&key));
}

static void add_block(struct txn *t, struct id id)
{
	cleanup(buf_free) struct buf sealed = BUF_INIT;
	struct pending_block p = { .length = 4, .epoch = 1 };
	buf_put(&sealed, "sealed bytes", 12);
	txn_block(t, id, &p, &sealed);
	assert_null(sealed.p);
}

static void change_extents(struct txn *t, struct model *m, uint64_t *seed, bool own)
{
	static const struct id content[CONTENTS] = { { { 1 } }, { { 2 } }, { { 3 } } };
	size_t c = next(seed) % CONTENTS, w = next(seed) % GROUPS, n = 0;
	struct extent *list = m->extent[c][w];
	size_t old = m->extents[c][w];
	for (size_t i = 0; i < LIST; i++) {
		struct extent p = {
			w * EXTENT_GROUP_SIZE + i * BLOCK_SIZE, 1 + (uint32_t)(next(seed) % 4), 0, { { 0 } }
		};
		if (next(seed) % 3 == 0 && n < old)
			p = list[n]; /* an extent that stays, maybe at its place */
		else
			block_id(next(seed) % BLOCKS, &p.block);
		p.off = w * EXTENT_GROUP_SIZE + i * BLOCK_SIZE;
		if (next(seed) % 3)
			list[n++] = p;
		if (own && n && next(seed) % 4 == 0)
			add_block(t, list[n - 1].block);
	}
	m->extents[c][w] = n;
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey key = key_extents(content[c], (uint32_t)w);
	if (n)
		extents_encode(list, n, &b);
	if (n)
		txn_put(t, rkey_span(&key), &b);
	else
		txn_del(t, rkey_span(&key));
}

static void random_set(struct txn *t, struct model *m, uint64_t *seed, bool own)
{
	for (size_t k = 1 + next(seed) % 12; k > 0; k--) {
		if (next(seed) % 2)
			change_entries(t, m, seed);
		else
			change_extents(t, m, seed, own);
		struct count_rec c;
		uint64_t ino = 1 + next(seed) % INOS;
		assert_int_equal(txn_counts(t, ino, &c), ERR_OK);
		assert_int_equal(c.names, names_of(m, ino));
		assert_int_equal(c.subdirs, subdirs_of(m, ino));
	}
}

/* --- the recount --- */

struct tally {
	const struct model *model;
	size_t links, counts, refs;
};

static void check_link(const struct model *m, struct span key, struct span value)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct dirent_rec want[LIST];
	uint64_t ino, dir, hash;
	size_t n = 0;
	assert_true(key_parse_link(key, &ino, &dir, &hash));
	for (size_t i = 0; i < m->entries[dir][hash]; i++)
		if (m->entry[dir][hash][i].ino == ino)
			want[n++] = m->entry[dir][hash][i];
	dirent_encode(want, n, &b);
	assert_int_equal(span_cmp(buf_span(&b), value), 0);
}

static int visit(void *ctx, struct span key, struct span value)
{
	struct tally *t = ctx;
	uint64_t ino;
	struct count_rec c;
	uint32_t extents;
	assert_non_null(value.p);
	switch (((const uint8_t *)key.p)[0]) {
	case REC_COUNT:
		t->counts++;
		assert_true(key_parse_ino(key, REC_COUNT, &ino));
		assert_int_equal(count_decode(value, &c), ERR_OK);
		assert_int_equal(c.names, names_of(t->model, ino));
		assert_int_equal(c.subdirs, subdirs_of(t->model, ino));
		break;
	case REC_REF:
		t->refs++;
		assert_int_equal(ref_decode(value, &extents), ERR_OK);
		assert_int_equal(extents, refs_of(t->model, id_from((const uint8_t *)key.p + 1)));
		break;
	case REC_LINK:
		t->links++;
		check_link(t->model, key, value);
		break;
	default:
		break;
	}
	return 0;
}

static void recount(struct map *map, const struct model *m)
{
	struct tally t = { .model = m };
	size_t links = 0, counts = 0, refs = 0;
	assert_int_equal(map_scan(map, MAP_RECORDS, SPAN(NULL, 0), SPAN(NULL, 0), visit, &t), ERR_OK);
	for (uint64_t ino = 1; ino <= INOS; ino++) {
		counts += names_of(m, ino) || subdirs_of(m, ino);
		for (size_t d = 1; d <= DIRS; d++)
			for (size_t h = 0; h < HASHES; h++) {
				bool any = false;
				for (size_t i = 0; i < m->entries[d][h]; i++)
					any |= m->entry[d][h][i].ino == ino;
				links += any;
			}
	}
	for (unsigned i = 0; i < BLOCKS; i++) {
		struct id id;
		block_id(i, &id);
		refs += refs_of(m, id) > 0;
	}
	assert_int_equal(t.links, links);
	assert_int_equal(t.counts, counts);
	assert_int_equal(t.refs, refs);
}

static int visit_block(void *ctx, struct span key, struct span value)
{
	(void)value;
	struct id id = id_from((const uint8_t *)key.p + (key.len - ID_LEN));
	assert_true(refs_of(ctx, id) > 0);
	return 0;
}

/* --- the doors --- */

struct txn_set {
	struct model *model;
	uint64_t *seed;
};

static err_t in_txn(struct map_txn *x, uint64_t changeset, void *ctx)
{
	(void)changeset;
	struct txn_set *s = ctx;
	cleanup(txn_freep) struct txn *t = txn_begin_within(x);
	assert_non_null(t);
	random_set(t, s->model, s->seed, false);
	random_set(t, s->model, s->seed, false);
	return txn_apply(t);
}

static void thousands_of_changes_agree_with_a_recount(void **state)
{
	(void)state;
	struct place p;
	static struct model m;
	uint64_t seed = 0x9e3779b97f4a7c15;
	place_make(&p, FAKE);
	struct map *map = place_open(&p);
	cleanup(txn_freep) struct txn *own = txn_begin(map);
	for (unsigned round = 0; round < 1500; round++) {
		cleanup(txn_freep) struct txn *remote = txn_begin_remote(map);
		cleanup(batch_freep) struct batch *b = NULL;
		struct txn_set s = { &m, &seed };
		switch (next(&seed) % 8) {
		case 0:
			assert_int_equal(map_transact(map, in_txn, &s), ERR_OK);
			break;
		case 1:
			random_set(remote, &m, &seed, false);
			assert_int_equal(txn_batch(remote, &b), ERR_OK);
			assert_int_equal(map_apply(map, b), ERR_OK);
			break;
		case 2:
			random_set(remote, &m, &seed, false);
			assert_int_equal(txn_apply(remote), ERR_OK);
			break;
		default: /* the same set object again and again */
			random_set(own, &m, &seed, true);
			assert_int_equal(txn_apply(own), ERR_OK);
		}
		recount(map, &m);
	}
	/* no bytes and nothing to upload without a reference, unless sealed for a set that never used them */
	struct rkey queue = key_kind(QUEUE_BLOCK);
	assert_int_equal(map_scan(map, MAP_BLOCK, SPAN(NULL, 0), SPAN(NULL, 0), visit_block, &m), ERR_OK);
	assert_int_equal(map_scan(map, MAP_QUEUE, rkey_span(&queue), SPAN(NULL, 0), visit_block, &m), ERR_OK);
	assert_int_equal(map_close(map), ERR_OK);
}

/* --- blocks --- */

struct fixture {
	struct place place;
	struct map *map;
	struct id id;
	struct rkey extents, record, pending, held, ref;
};

static struct fixture *one_block(void)
{
	struct fixture *f = calloc(1, sizeof(*f));
	cleanup(buf_free) struct buf b = BUF_INIT, rec = BUF_INIT;
	assert_non_null(f);
	place_make(&f->place, FAKE);
	f->map = place_open(&f->place);
	block_id(1, &f->id);
	f->extents = key_extents(f->id, 0);
	f->record = key_id(REC_BLOCK, f->id);
	f->pending = key_queue(QUEUE_BLOCK, f->id);
	f->held = key_queue(QUEUE_UPLOAD_PINNED, f->id);
	f->ref = key_id(REC_REF, f->id);
	struct extent p = { 0, 10, 0, { { 0 } } };
	p.block = f->id;
	extents_encode(&p, 1, &b);
	struct block_rec r = { .length = 10, .epoch = 1, .stored = 26 };
	block_rec_encode(&r, &rec);
	cleanup(txn_freep) struct txn *t = txn_begin(f->map);
	add_block(t, f->id);
	txn_put(t, rkey_span(&f->extents), &b);
	txn_put(t, rkey_span(&f->record), &rec);
	assert_int_equal(txn_apply(t), ERR_OK);
	assert_int_equal(map_has(f->map, MAP_BLOCK, id_span(&f->id)), ERR_OK);
	assert_int_equal(map_has(f->map, MAP_QUEUE, rkey_span(&f->pending)), ERR_OK);
	return f;
}

static void done(struct fixture *f)
{
	assert_int_equal(map_close(f->map), ERR_OK);
	free(f);
}

static void check_block(struct fixture *f, err_t bytes, err_t pending, err_t record)
{
	assert_int_equal(map_has(f->map, MAP_BLOCK, id_span(&f->id)), bytes);
	assert_int_equal(map_has(f->map, MAP_QUEUE, rkey_span(&f->pending)), pending);
	assert_int_equal(map_has(f->map, MAP_RECORDS, rkey_span(&f->record)), record);
}

static void the_last_reference_takes_bytes_queue_and_record_along(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	cleanup(txn_freep) struct txn *t = txn_begin(f->map);
	txn_del(t, rkey_span(&f->extents));
	assert_int_equal(txn_apply(t), ERR_OK);
	check_block(f, ERR_NOTFOUND, ERR_NOTFOUND, ERR_NOTFOUND);
	assert_int_equal(map_has(f->map, MAP_RECORDS, rkey_span(&f->ref)), ERR_NOTFOUND);
	done(f);
}

static void another_devices_change_leaves_the_record_to_its_commit(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	cleanup(txn_freep) struct txn *t = txn_begin_remote(f->map);
	txn_del(t, rkey_span(&f->extents));
	assert_int_equal(txn_apply(t), ERR_OK);
	check_block(f, ERR_NOTFOUND, ERR_NOTFOUND, ERR_OK);
	done(f);
}

static void a_remote_deletion_of_a_used_block_record_keeps_the_bytes(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	cleanup(txn_freep) struct txn *t = txn_begin_remote(f->map);
	txn_del(t, rkey_span(&f->record));
	assert_int_equal(txn_apply(t), ERR_OK);
	check_block(f, ERR_OK, ERR_OK, ERR_NOTFOUND);
	txn_del(t, rkey_span(&f->record)); /* once more, now together with the last reference */
	txn_del(t, rkey_span(&f->extents));
	assert_int_equal(txn_apply(t), ERR_OK);
	check_block(f, ERR_NOTFOUND, ERR_NOTFOUND, ERR_NOTFOUND);
	done(f);
}

static void bytes_that_a_segment_waits_for_stay(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	cleanup(batch_freep) struct batch *b = batch_new();
	batch_put(b, MAP_QUEUE, rkey_span(&f->held), span_str("\1"));
	batch_del(b, MAP_QUEUE, rkey_span(&f->pending));
	assert_int_equal(map_apply(f->map, b), ERR_OK);
	cleanup(txn_freep) struct txn *t = txn_begin(f->map);
	txn_del(t, rkey_span(&f->extents));
	assert_int_equal(txn_apply(t), ERR_OK);
	check_block(f, ERR_OK, ERR_NOTFOUND, ERR_NOTFOUND);
	assert_int_equal(map_has(f->map, MAP_QUEUE, rkey_span(&f->held)), ERR_OK);
	done(f);
}

struct crossing { /* what another thread does while a cut's transaction runs */
	struct fixture *f;
	err_t dropped;
};

/* cut_one: as sync/publish.c: the block goes into a segment; meanwhile its file is deleted. */
static err_t cut_one(struct map_txn *x, uint64_t changeset, void *ctx)
{
	struct crossing *c = ctx;
	struct fixture *f = c->f;
	struct rkey cutting = key_bytes(QUEUE_PACKING, SPAN("", 0));
	(void)changeset;
	err_t e = map_txn_put(x, MAP_QUEUE, rkey_span(&f->held), span_str("1"));
	if (!e)
		e = map_txn_del(x, MAP_QUEUE, rkey_span(&f->pending));
	if (!e)
		e = map_txn_del(x, MAP_QUEUE, rkey_span(&cutting));
	cleanup(txn_freep) struct txn *t = txn_begin(f->map);
	txn_del(t, rkey_span(&f->extents));
	c->dropped = txn_apply(t);
	return e;
}

static void a_cut_keeps_the_bytes_of_what_is_deleted_meanwhile(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	struct crossing c = { f, ERR_IO };
	struct rkey cutting = key_bytes(QUEUE_PACKING, SPAN("", 0));
	cleanup(batch_freep) struct batch *b = batch_new();
	uint64_t entry;
	batch_put(b, MAP_QUEUE, rkey_span(&cutting), span_str("1"));
	assert_int_equal(map_apply(f->map, b), ERR_OK);
	assert_int_equal(map_changeset_close(f->map, cut_one, &c, &entry), ERR_OK);
	assert_int_equal(c.dropped, ERR_OK);
	check_block(f, ERR_OK, ERR_NOTFOUND, ERR_NOTFOUND);
	assert_int_equal(map_commit(f->map), ERR_OK);
	check_block(f, ERR_OK, ERR_NOTFOUND, ERR_NOTFOUND);
	assert_int_equal(map_has(f->map, MAP_QUEUE, rkey_span(&f->held)), ERR_OK);
	assert_int_equal(map_has(f->map, MAP_QUEUE, rkey_span(&cutting)), ERR_NOTFOUND);
	done(f);
}

static void a_block_that_lost_its_extent_in_its_own_set_is_not_kept(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct extent p = { 0, 10, 0, { { 99 } } };
	struct rkey other = key_extents(f->id, 1);
	p.off = EXTENT_GROUP_SIZE;
	extents_encode(&p, 1, &b);
	cleanup(txn_freep) struct txn *t = txn_begin(f->map);
	add_block(t, p.block);
	txn_put(t, rkey_span(&other), &b);
	txn_del(t, rkey_span(&other));
	assert_int_equal(txn_apply(t), ERR_OK);
	assert_int_equal(map_has(f->map, MAP_BLOCK, id_span(&p.block)), ERR_NOTFOUND);
	check_block(f, ERR_OK, ERR_OK, ERR_OK);
	done(f);
}

/* --- the set --- */

static void a_set_shows_its_own_changes(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	cleanup(buf_free) struct buf b = BUF_INIT, got = BUF_INIT;
	cleanup(txn_freep) struct txn *t = txn_begin(f->map);
	struct dirent_rec d = { span_str("name"), 7, S_IFREG };
	struct rkey key = key_ino_hash(REC_DIRENT, 1, 5), link = key_link(7, 1, 5), count = key_ino(REC_COUNT, 7);
	assert_int_equal(txn_get(t, rkey_span(&key), &got), ERR_NOTFOUND);
	dirent_encode(&d, 1, &b);
	txn_put(t, rkey_span(&key), &b);
	assert_int_equal(txn_get(t, rkey_span(&key), &got), ERR_OK);
	assert_int_equal(span_cmp(buf_span(&got), buf_span(&b)), 0);
	assert_int_equal(txn_get(t, rkey_span(&link), &got), ERR_OK);
	assert_int_equal(txn_get(t, rkey_span(&count), &got), ERR_OK);
	assert_int_equal(map_has(f->map, MAP_RECORDS, rkey_span(&key)), ERR_NOTFOUND);
	txn_del(t, rkey_span(&key));
	assert_int_equal(txn_get(t, rkey_span(&key), &got), ERR_NOTFOUND);
	assert_int_equal(txn_get(t, rkey_span(&link), &got), ERR_NOTFOUND);
	assert_int_equal(txn_get(t, rkey_span(&count), &got), ERR_NOTFOUND);
	assert_int_equal(txn_get(t, rkey_span(&f->ref), &got), ERR_OK);
	txn_del(t, rkey_span(&f->extents));
	assert_int_equal(txn_get(t, rkey_span(&f->ref), &got), ERR_NOTFOUND);
	done(f);
}

static void a_set_that_failed_changes_nothing(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	cleanup(buf_free) struct buf broken = BUF_INIT, mark = BUF_INIT, bad = BUF_INIT;
	cleanup(txn_freep) struct txn *t = txn_begin(f->map);
	struct rkey orphan = key_ino(REC_ORPHAN, 3), count = key_ino(REC_COUNT, 3),
	            dirent = key_ino_hash(REC_DIRENT, 1, 1);
	mark_encode(&mark);
	extents_encode(NULL, 0, &broken);
	buf_put(&bad, "\1garbage", 8);
	const struct {
		const struct rkey *key;
		const struct buf *value;
		err_t want;
	} cases[] = {
		{ &f->extents, &broken, ERR_NOMEM }, /* an encoder that refused */
		{ &count, &mark, ERR_INVAL },        /* derived records are not written */
		{ &dirent, &bad, ERR_DAMAGED },      /* a value that does not decode */
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		txn_put(t, rkey_span(&orphan), &mark);
		txn_put(t, rkey_span(cases[i].key), cases[i].value);
		txn_del(t, rkey_span(&f->extents));
		assert_int_equal(txn_apply(t), cases[i].want);
		assert_int_equal(map_has(f->map, MAP_RECORDS, rkey_span(&orphan)), ERR_NOTFOUND);
		check_block(f, ERR_OK, ERR_OK, ERR_OK);
	}
	txn_put(t, rkey_span(&orphan), &mark); /* and is usable again */
	assert_int_equal(txn_apply(t), ERR_OK);
	assert_int_equal(map_has(f->map, MAP_RECORDS, rkey_span(&orphan)), ERR_OK);
	done(f);
}

static void a_record_of_a_newer_version_passes_and_counts_for_nothing(void **state)
{
	(void)state;
	struct fixture *f = one_block();
	cleanup(buf_free) struct buf newer = BUF_INIT, got = BUF_INIT;
	buf_put(&newer, "\2whatever comes", 15);
	cleanup(txn_freep) struct txn *t = txn_begin_remote(f->map);
	struct rkey dirent = key_ino_hash(REC_DIRENT, 1, 1);
	txn_put(t, rkey_span(&dirent), &newer);
	assert_int_equal(txn_apply(t), ERR_OK);
	assert_int_equal(map_get(f->map, MAP_RECORDS, rkey_span(&dirent), &got), ERR_OK);
	assert_int_equal(span_cmp(buf_span(&got), buf_span(&newer)), 0);
	txn_del(t, rkey_span(&dirent));
	assert_int_equal(txn_apply(t), ERR_OK);
	done(f);
}

static void a_hundred_thousand_changes_are_one_set(void **state)
{
	(void)state;
	struct place p;
	place_make(&p, FAKE);
	struct map *map = place_open(&p);
	cleanup(txn_freep) struct txn *t = txn_begin_remote(map);
	struct count_rec c;
	for (uint64_t i = 0; i < 100000; i++) {
		cleanup(buf_free) struct buf b = BUF_INIT;
		struct dirent_rec d = { span_str("name"), 2 + i, i % 2 ? S_IFDIR : S_IFREG };
		struct rkey key = key_ino_hash(REC_DIRENT, 1, i);
		dirent_encode(&d, 1, &b);
		txn_put(t, rkey_span(&key), &b);
	}
	assert_int_equal(txn_apply(t), ERR_OK);
	assert_int_equal(txn_counts(t, 1, &c), ERR_OK);
	assert_int_equal(c.subdirs, 50000);
	assert_int_equal(txn_counts(t, 2 + 99999, &c), ERR_OK);
	assert_int_equal(c.names, 1);
	assert_int_equal(map_close(map), ERR_OK);
}

int main(void)
{
	log_to(log_levels_all(LOG_ERROR), -1); /* refusals are wanted here */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_changes_agree_with_a_recount),
		cmocka_unit_test(the_last_reference_takes_bytes_queue_and_record_along),
		cmocka_unit_test(another_devices_change_leaves_the_record_to_its_commit),
		cmocka_unit_test(a_remote_deletion_of_a_used_block_record_keeps_the_bytes),
		cmocka_unit_test(bytes_that_a_segment_waits_for_stay),
		cmocka_unit_test(a_cut_keeps_the_bytes_of_what_is_deleted_meanwhile),
		cmocka_unit_test(a_block_that_lost_its_extent_in_its_own_set_is_not_kept),
		cmocka_unit_test(a_set_shows_its_own_changes),
		cmocka_unit_test(a_set_that_failed_changes_nothing),
		cmocka_unit_test(a_record_of_a_newer_version_passes_and_counts_for_nothing),
		cmocka_unit_test(a_hundred_thousand_changes_are_one_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
