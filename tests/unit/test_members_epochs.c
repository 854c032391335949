/* SPDX-License-Identifier: MIT
 * Epochs: which one is written under, and boxes of its root, beside tests/vectors/epochs.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "crypto/hash.h"
#include "crypto/public.h"
#include "tests/vectors.h"
#include "vault/join/group.h"
#include "vault/members/epochs.h"

#define ok(e) assert_int_equal(e, ERR_OK)
#define world_check(x) assert_true(x)
#include "tests/roster_world.h"

enum { SLOT, LAPTOP, PHONE = 4, TABLET };

static const struct key first = { { 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	                            7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7 } };
static const struct key second = { { 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	                             8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8 } };

static struct key filled(unsigned n)
{
	struct key k;
	memset(k.b, (int)n, sizeof(k.b));
	return k;
}

static struct key seed_of(unsigned who)
{
	return filled(who);
}

static struct key mix_of(unsigned who)
{
	return filled(who + 100);
}

static void end(struct world *w)
{
	heard_set_free(&w->set);
}

/* begin: a vault of a laptop, a phone and a tablet, all with keys of their seeds. */
static void begin(struct world *w)
{
	world_keys(w);
	for (uint8_t i = 0; i < ID_LEN; i++)
		w->set.vault.b[i] = i;
	for (unsigned i = 0; i < WORLD_SIGNERS; i++) {
		struct key seed = seed_of(i), mix = mix_of(i);
		struct public_keys keys;
		ok(keys_from_seed(&seed, &keys));
		memcpy(w->box_keys[i] + 1, keys.box, sizeof(keys.box));
		ok(crypto_sha256(SPAN(mix.b, sizeof(mix.b)), &w->mixes[i]));
	}
	world_genesis(w, false);
	world_join(w, LAPTOP, PHONE, 2);
	world_join(w, LAPTOP, TABLET, 3);
}

static err_t mix(void *ctx, const struct roster_signer *who, struct key *ret)
{
	struct world *w = ctx;
	for (unsigned i = 0; i < WORLD_SIGNERS; i++)
		if (id_eq(world_id(w, i), who->id)) {
			*ret = mix_of(i);
			return ERR_OK;
		}
	return ERR_NOTFOUND;
}

static struct root_box_at at_of(const struct world *w, uint32_t number, enum cipher c)
{
	struct root_box_at at = { .vault = w->set.vault, .cipher = c, .number = number, .first = &first };
	for (uint8_t i = 0; i < HASH_LEN; i++)
		at.genesis.b[i] = (uint8_t)(32 + i);
	return at;
}

static struct epoch_begin by(struct world *w, const struct roster *r, unsigned author)
{
	struct epoch_begin b = { .roster = r, .at = at_of(w, 2, CIPHER_AES256GCM), .mix = mix, .ctx = w };
	b.author = world_id(w, author);
	return b;
}

static err_t open_as(struct world *w, const struct epoch_begin *b, unsigned who, const struct buf *two)
{
	struct key seed = seed_of(who), mix_key = mix_of(who), root = { { 0 } };
	struct root_box_mine mine = { world_id(w, who), { &seed, &mix_key } };
	const struct epochs_got got = { buf_span(&two[0]), buf_span(&two[1]), NULL };
	err_t e = epochs_open(b, &mine, &got, &root);
	assert_int_equal(!memcmp(root.b, second.b, sizeof(root.b)), !e);
	return e;
}

static void two_free(struct buf (*two)[2])
{
	buf_free(&(*two)[0]);
	buf_free(&(*two)[1]);
}

/* -- which one ---------------------------------------------------------------------------------------------------- */

static struct hash hash_of(uint8_t n)
{
	struct hash h;
	memset(h.b, n, sizeof(h.b));
	return h;
}

static void test_newest_and_covered(void **state)
{
	(void)state;
	const struct hash one[] = { hash_of(1) }, both[] = { hash_of(1), hash_of(2) }, other[] = { hash_of(2) };
	const struct epoch_begun v[] = { { 1, hash_of(200), NULL, 0 },
		                         { 3, hash_of(5), one, 1 },
		                         { 2, hash_of(9), NULL, 0 },
		                         { 3, hash_of(7), other, 1 } };
	assert_int_equal(epochs_newest(v, 1), 0);
	assert_int_equal(epochs_newest(v, 3), 1);
	assert_int_equal(epochs_newest(v, 4), 3); /* of two with one number the greater id */
	const struct {
		struct epoch_causes c;
		bool by_one, by_both, by_other;
	} all[] = {
		{ { NULL, 0 }, true, true, true },
		{ { (struct hash *)one, 1 }, true, true, false },
		{ { (struct hash *)both, 2 }, false, true, false },
		{ { (struct hash *)other, 1 }, false, true, true },
	};
	const struct epoch_begun of_both = { 4, hash_of(1), both, 2 };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		uint32_t next = 99;
		assert_int_equal(epochs_covers(&v[1], &all[i].c), all[i].by_one);
		assert_int_equal(epochs_covers(&of_both, &all[i].c), all[i].by_both);
		assert_int_equal(epochs_covers(&v[3], &all[i].c), all[i].by_other);
		ok(epochs_next(v, 4, &all[i].c, &next));
		assert_int_equal(next, all[i].by_other ? 0 : 4);
	}
	const struct epoch_begun last = { UINT32_MAX, hash_of(1), NULL, 0 };
	uint32_t next;
	ok(epochs_next(&last, 1, &all[0].c, &next));
	assert_int_equal(epochs_next(&last, 1, &all[1].c, &next), ERR_LIMIT);
}

static void test_what_an_epoch_covers(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(epochs_causes_free) struct epoch_causes c = { 0 };
	begin(&w);
	size_t a = world_revoke(&w, LAPTOP, TABLET, WORLD_FIRST), b = world_replace(&w, SLOT, 3, SLOT, WORLD_FIRST);
	world_revoke(&w, TABLET, PHONE, WORLD_FIRST);       /* does not count */
	world_replace(&w, LAPTOP, 7, 3, WORLD_FIRST);       /* has not taken its place */
	world_revoke(&w, LAPTOP, 3, WORLD_FIRST);           /* nobody revokes that */
	size_t d = world_revoke(&w, 3, PHONE, WORLD_FIRST); /* by the slot in force now */
	world_roster(&w, &r);
	ok(epochs_causes(&r, &c));
	assert_int_equal(c.n, 3);
	const size_t want[] = { a, b, d };
	for (size_t i = 0; i < 3; i++) {
		bool found = false;
		for (size_t k = 0; k < c.n; k++)
			found = found || hash_eq(c.v[k], w.set.v[want[i]].hash);
		assert_true(found);
		assert_true(i == 0 || hash_cmp(c.v[i - 1], c.v[i]) < 0);
	}
}

/* Any member can let in as many as it likes, and revoke them: that ends nobody's publishing. */
static void test_more_causes_than_a_start_names(void **state)
{
	enum { MOST = EPOCH_CAUSES_MAX + 2 };
	static struct heard heard[MOST];
	static struct roster_said said[MOST];
	cleanup(epochs_causes_free) struct epoch_causes fits = { 0 }, all = { 0 }, more = { 0 };
	struct roster r = { .said = said };
	(void)state;
	for (uint32_t i = 0; i < MOST; i++) {
		memcpy(heard[i].hash.b, &i, sizeof(i));
		said[i] = (struct roster_said){ .s = &heard[i], .revokes = true };
	}
	r.said_n = EPOCH_CAUSES_MAX;
	ok(epochs_causes(&r, &fits));
	assert_int_equal(fits.n, EPOCH_CAUSES_MAX);
	r.said_n++;
	ok(epochs_causes(&r, &all));
	r.said_n++;
	ok(epochs_causes(&r, &more));
	assert_true(all.n == 1 && more.n == 1);
	const struct epoch_begun before = { 2, hash_of(1), fits.v, fits.n }, of_all = { 3, hash_of(1), all.v, all.n };
	assert_true(epochs_covers(&before, &fits) && epochs_covers(&of_all, &all));
	assert_false(epochs_covers(&before, &all) || epochs_covers(&of_all, &more) || epochs_covers(&of_all, &fits));
}

/* as_begun: an epoch as all know it once its commit is applied. */
static struct epoch_begun as_begun(const struct buf *start, struct epoch_start *keep)
{
	struct epoch_begun e = { 0 };
	ok(epoch_get_start(buf_span(start), keep));
	ok(epoch_id(buf_span(start), &e.id));
	e.number = keep->number;
	e.causes = keep->causes;
	e.causes_n = keep->causes_n;
	return e;
}

/* A tablet is revoked; laptop and phone begin an epoch each before they see the other's. Whoever has applied both
 * writes under the same one, which covers, and begins no third; the tablet opens neither. Then the one that began it is
 * gone for good: nobody needs it. */
static void test_two_begin_one_at_once(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(two_free) struct buf a[2] = { BUF_INIT, BUF_INIT };
	cleanup(two_free) struct buf b[2] = { BUF_INIT, BUF_INIT };
	cleanup(epoch_start_free) struct epoch_start sa = { 0 }, sb = { 0 };
	cleanup(epochs_causes_free) struct epoch_causes c = { 0 };
	struct key another = filled(9);
	uint32_t next;
	begin(&w);
	world_revoke(&w, LAPTOP, TABLET, WORLD_FIRST);
	world_roster(&w, &r);
	struct epoch_begin laptop = by(&w, &r, LAPTOP), phone = by(&w, &r, PHONE);
	ok(epochs_start(&laptop, &second, &a[0], &a[1]));
	ok(epochs_start(&phone, &another, &b[0], &b[1]));
	struct epoch_begun v[] = { { 1, laptop.at.genesis, NULL, 0 }, as_begun(&a[0], &sa), as_begun(&b[0], &sb) };
	struct epoch_begun turned[] = { v[2], v[1], v[0] };
	ok(epochs_causes(&r, &c));
	ok(epochs_next(v, 1, &c, &next));
	assert_int_equal(next, 2);
	ok(epochs_next(v, 2, &c, &next));
	assert_int_equal(next, 0);
	ok(epochs_next(v, 3, &c, &next));
	assert_int_equal(next, 0);
	assert_true(hash_eq(v[epochs_newest(v, 3)].id, turned[epochs_newest(turned, 3)].id));
	ok(open_as(&w, &laptop, PHONE, a));
	ok(open_as(&w, &laptop, SLOT, a));
	assert_int_equal(open_as(&w, &laptop, TABLET, a), ERR_NOTFOUND);
}

/* -- boxes --------------------------------------------------------------------------------------------------------- */

/* key_of: of one of them in the roster, another. */
static void key_of(const struct roster *r, struct id id, struct span key)
{
	for (size_t i = 0; i < r->signer_n; i++)
		if (id_eq(r->signer[i].id, id))
			r->signer[i].who.box_key = key;
}

/* A member lets in a device whose box key is of its suite, and no key: that bars nobody, and a box to it is refused. */
static void test_a_key_that_no_box_is_made_to_bars_no_epoch(void **state)
{
	(void)state;
	static const uint8_t zero[BOX_KEY] = { BOX_SUITE };
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(two_free) struct buf whole[2] = { BUF_INIT, BUF_INIT };
	cleanup(two_free) struct buf two[2] = { BUF_INIT, BUF_INIT };
	cleanup(epoch_boxes_free) struct epoch_boxes devices = { 0 };
	begin(&w);
	world_roster(&w, &r);
	struct epoch_begin b = by(&w, &r, LAPTOP);
	ok(epochs_start(&b, &second, &whole[0], &whole[1]));
	key_of(&r, world_id(&w, PHONE), SPAN(zero, sizeof(zero)));
	ok(epochs_start(&b, &second, &two[0], &two[1]));
	ok(epoch_get_recipients(buf_span(&two[1]), &devices));
	assert_int_equal(devices.n, 1);
	assert_true(id_eq(devices.v[0].to, world_id(&w, TABLET)));
	ok(open_as(&w, &b, TABLET, two));
	assert_int_equal(open_as(&w, &b, TABLET, whole), ERR_DAMAGED);
}

#define CROWD (2 * EPOCH_RECIPIENTS_MAX + 1000)

static err_t any_mix(void *ctx, const struct roster_signer *who, struct key *ret)
{
	(void)ctx, (void)who;
	*ret = mix_of(PHONE);
	return ERR_OK;
}

/* One member has let in thousands of devices and recovery keys: an epoch begins all the same, its record is none that
 * is refused, and the recovery key in force, the last by its id, opens it. */
static void test_a_crowd_bars_no_epoch(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(two_free) struct buf two[2] = { BUF_INIT, BUF_INIT };
	cleanup(epoch_start_free) struct epoch_start start = { 0 };
	cleanup(epoch_boxes_free) struct epoch_boxes devices = { 0 };
	begin(&w);
	world_roster(&w, &r);
	struct roster_signer *crowd = calloc(CROWD, sizeof(*crowd));
	size_t last = CROWD - 1;
	struct roster big = { .signer = crowd, .signer_n = CROWD, .slots = &last, .slots_n = 1 };
	for (size_t i = 0; i < CROWD; i++) {
		crowd[i] = (struct roster_signer){ .who = roster_who(&r, world_id(&w, PHONE))->who, .in = true };
		crowd[i].who.kind = i % 2 ? SIGNER_RECOVERY : SIGNER_DEVICE;
		crowd[i].id.b[0] = (uint8_t)(i >> 8);
		crowd[i].id.b[1] = (uint8_t)i;
	}
	struct epoch_begin b = by(&w, &big, LAPTOP);
	b.mix = any_mix;
	ok(epochs_start(&b, &second, &two[0], &two[1]));
	ok(epoch_get_start(buf_span(&two[0]), &start));
	ok(epoch_get_recipients(buf_span(&two[1]), &devices));
	assert_true(devices.n > 4000 && start.slots.n > 4000);
	assert_true(two[0].len + EPOCH_CAUSES_MAX * HASH_LEN < RECORD_MAX - 4096);
	assert_true(id_eq(start.slots.v[start.slots.n - 1].to, crowd[last].id));
	free(crowd);
}

static int by_bytes(const void *a, const void *b)
{
	return hash_cmp(*(const struct hash *)a, *(const struct hash *)b);
}

static void test_hashes_of_causes(void **state)
{
	(void)state;
	struct vector v;
	unsigned seen = 0;
	for (FILE *f = vectors_open("epochs.txt"); vectors_next(f, &v);) {
		static struct hash causes[EPOCH_CAUSES_MAX + 1];
		struct hash is;
		uint32_t n = 0;
		if (strcmp(v.name[0], "causes") != 0)
			continue;
		memcpy(&n, v.value[0], sizeof(n));
		assert_true(n <= EPOCH_CAUSES_MAX + 1);
		for (uint32_t i = 0; i < n; i++)
			ok(crypto_sha256(SPAN(&i, sizeof(i)), &causes[i]));
		qsort(causes, n, sizeof(*causes), by_bytes);
		ok(epoch_causes_hash(causes, n, &is));
		assert_int_equal(span_cmp(hash_span(&is), vector_get(&v, "covers")), 0);
		seen++;
	}
	assert_int_equal(seen, 2);
}

static void test_vectors(void **state)
{
	(void)state;
	struct vector v;
	unsigned boxes = 0, starts = 0;
	for (FILE *f = vectors_open("epochs.txt"); vectors_next(f, &v);) {
		if (!strcmp(v.name[0], "causes"))
			continue;
		cleanup(end) struct world w;
		cleanup(roster_free) struct roster r = { 0 };
		cleanup(two_free) struct buf two[2] = { BUF_INIT, BUF_INIT };
		begin(&w);
		world_roster(&w, &r);
		struct epoch_begin b = by(&w, &r, LAPTOP);
		b.at.cipher = (enum cipher)v.value[0][0];
		if (!strcmp(v.name[1], "to")) {
			struct key slot_mix = mix_of(SLOT);
			struct id id = world_id(&w, SLOT);
			b.at.number = 1;
			ok(root_box_seal(&b.at, &first, id, &(struct box_to){ w.named[0].who.box_key, &slot_mix },
			                 &two[0]));
			assert_int_equal(span_cmp(id_span(&id), vector_get(&v, "to")), 0);
			assert_int_equal(span_cmp(buf_span(&two[0]), vector_get(&v, "box")), 0);
			boxes++;
			continue;
		}
		struct hash id;
		ok(epochs_start(&b, &second, &two[0], &two[1]));
		ok(epoch_id(buf_span(&two[0]), &id));
		assert_int_equal(span_cmp(buf_span(&two[0]), vector_get(&v, "start")), 0);
		assert_int_equal(span_cmp(buf_span(&two[1]), vector_get(&v, "recipients")), 0);
		assert_int_equal(span_cmp(hash_span(&id), vector_get(&v, "id")), 0);
		starts++;
	}
	assert_int_equal(boxes, 2);
	assert_int_equal(starts, 2);
}

static void test_all_members_open_it(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 };
	cleanup(two_free) struct buf two[2] = { BUF_INIT, BUF_INIT };
	begin(&w);
	world_roster(&w, &r);
	struct epoch_begin b = by(&w, &r, LAPTOP);
	ok(epochs_start(&b, &second, &two[0], &two[1]));
	ok(open_as(&w, &b, SLOT, two));
	ok(open_as(&w, &b, PHONE, two));
	ok(open_as(&w, &b, TABLET, two));
	struct epoch_begin other_number = b;
	other_number.at.number = 3;
	assert_int_equal(open_as(&w, &other_number, PHONE, two), ERR_DAMAGED);
	struct epoch_begin no_first = b;
	no_first.at.first = &second; /* whoever made it did not know root 1 */
	assert_int_equal(open_as(&w, &no_first, PHONE, two), ERR_DAMAGED);
}

/* without_tablet: the roster as if it had not joined. */
static void without_tablet(struct world *w, struct roster *ret)
{
	size_t all = w->set.n;
	w->set.n = 1;
	world_roster(w, ret);
	w->set.n = all;
}

/* Whoever's box is another one than its root gives: the start is refused by all. */
static void test_other_boxes_are_refused(void **state)
{
	(void)state;
	for (unsigned device = 0; device < 2; device++) {
		cleanup(end) struct world w;
		cleanup(roster_free) struct roster r = { 0 };
		cleanup(two_free) struct buf two[2] = { BUF_INIT, BUF_INIT };
		begin(&w);
		world_roster(&w, &r);
		struct epoch_begin b = by(&w, &r, LAPTOP);
		ok(epochs_start(&b, &second, &two[0], &two[1]));
		two[device].p[two[device].len - 1] ^= 1;
		assert_int_equal(open_as(&w, &b, PHONE, two), ERR_DAMAGED);
		assert_int_equal(open_as(&w, &b, TABLET, two), ERR_DAMAGED);
	}
}

/* Who was not known to its author has no box, and is told by others; who is not known here yet is waited for. */
static void test_who_joins_at_the_same_time(void **state)
{
	(void)state;
	cleanup(end) struct world w;
	cleanup(roster_free) struct roster r = { 0 }, without = { 0 };
	cleanup(two_free) struct buf less[2] = { BUF_INIT, BUF_INIT };
	cleanup(two_free) struct buf more[2] = { BUF_INIT, BUF_INIT };
	struct key seed = seed_of(TABLET), mix_key = mix_of(TABLET), root, wrong = filled(3);
	begin(&w);
	struct root_box_mine tablet = { world_id(&w, TABLET), { &seed, &mix_key } };
	world_roster(&w, &r);
	without_tablet(&w, &without);
	struct epoch_begin early = by(&w, &without, LAPTOP), late = by(&w, &r, LAPTOP);
	ok(epochs_start(&early, &second, &less[0], &less[1]));
	ok(epochs_start(&late, &second, &more[0], &more[1]));
	ok(open_as(&w, &late, PHONE, less));
	assert_int_equal(open_as(&w, &late, TABLET, less), ERR_NOTFOUND);
	assert_int_equal(open_as(&w, &early, PHONE, more), ERR_BUSY);
	struct epochs_got got = { buf_span(&less[0]), buf_span(&less[1]), &second };
	ok(epochs_open(&late, &tablet, &got, &root));
	assert_memory_equal(root.b, second.b, sizeof(root.b));
	got.known = &wrong; /* a claim that is false: as if it knew none */
	assert_int_equal(epochs_open(&late, &tablet, &got, &root), ERR_NOTFOUND);
	struct epochs_got own = { buf_span(&more[0]), buf_span(&more[1]), &wrong };
	ok(epochs_open(&late, &tablet, &own, &root));
	assert_memory_equal(root.b, second.b, sizeof(root.b));
}

static void test_boxes(void **state)
{
	(void)state;
	struct key seed = filled(1), mix_key = filled(2), other = filled(3);
	struct public_keys keys;
	uint8_t box_key[BOX_KEY] = { BOX_SUITE };
	struct box_to to = { SPAN(box_key, sizeof(box_key)), &mix_key };
	cleanup(box_draw_wipe) struct box_draw d = { 0 };
	cleanup(buf_free) struct buf box = BUF_INIT, again = BUF_INIT, text = BUF_INIT;
	struct span here = span_str("here"), in = span_str("text");
	ok(keys_from_seed(&seed, &keys));
	memcpy(box_key + 1, keys.box, sizeof(keys.box));
	ok(box_draw(&d));
	ok(box_seal(CIPHER_AES256GCM, &to, &d, here, in, &box));
	ok(box_seal(CIPHER_AES256GCM, &to, &d, here, in, &again));
	assert_int_equal(box.len, in.len + BOX_MORE);
	assert_int_equal(span_cmp(buf_span(&box), buf_span(&again)), 0);
	ok(box_open(CIPHER_AES256GCM, &(struct box_by){ &seed, &mix_key }, here, buf_span(&box), &text));
	assert_int_equal(span_cmp(buf_span(&text), in), 0);
	const struct box_by wrong[] = { { &other, &mix_key }, { &seed, &other } };
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(box_open(CIPHER_AES256GCM, &wrong[i], here, buf_span(&box), &text), ERR_WRONGKEY);
	const struct box_by right = { &seed, &mix_key };
	assert_int_equal(box_open(CIPHER_AES256GCM, &right, in, buf_span(&box), &text), ERR_WRONGKEY);
	assert_int_equal(box_open(CIPHER_AES256GCM, &right, here, SPAN(box.p, BOX_MORE - 1), &text), ERR_DAMAGED);
	box.p[box.len - 1] ^= 1;
	assert_int_equal(box_open(CIPHER_AES256GCM, &right, here, buf_span(&box), &text), ERR_DAMAGED);
	box.p[0] = 2;
	assert_int_equal(box_open(CIPHER_AES256GCM, &right, here, buf_span(&box), &text), ERR_VERSION);
	assert_int_equal(text.len, in.len);
}

static void test_box_keys_that_no_box_is_made_to(void **state)
{
	(void)state;
	struct key mix_key = filled(2);
	uint8_t zero[BOX_KEY] = { BOX_SUITE }, later[40] = { 2 };
	const struct {
		struct span key;
		err_t e;
	} all[] = { { SPAN(zero, sizeof(zero)), ERR_DAMAGED }, /* its secret would be zero */
		    { SPAN(zero, sizeof(zero) - 1), ERR_DAMAGED },
		    { SPAN(later, sizeof(later)), ERR_VERSION },
		    { SPAN(zero, 0), ERR_DAMAGED } };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		cleanup(buf_free) struct buf out = BUF_INIT;
		struct box_draw d = { .ephemeral = filled(1) };
		struct box_to to = { all[i].key, &mix_key };
		assert_int_equal(box_seal(CIPHER_AES256GCM, &to, &d, span_str(""), span_str("x"), &out), all[i].e);
		assert_int_equal(out.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newest_and_covered),
		cmocka_unit_test(test_what_an_epoch_covers),
		cmocka_unit_test(test_more_causes_than_a_start_names),
		cmocka_unit_test(test_two_begin_one_at_once),
		cmocka_unit_test(test_a_crowd_bars_no_epoch),
		cmocka_unit_test(test_a_key_that_no_box_is_made_to_bars_no_epoch),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_hashes_of_causes),
		cmocka_unit_test(test_all_members_open_it),
		cmocka_unit_test(test_other_boxes_are_refused),
		cmocka_unit_test(test_who_joins_at_the_same_time),
		cmocka_unit_test(test_boxes),
		cmocka_unit_test(test_box_keys_that_no_box_is_made_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
