/* SPDX-License-Identifier: MIT
 * What lies on the store in format 2, against tests/vectors/vault.py, which knows nothing of this code: the vectors
 * that it made, and whether it accepts what is accepted here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "tests/unit/join_random.h"
#include "tests/unit/vault_members.h"
#include "tests/unit/vault_values.h"
#include "tests/vectors.h"
#include "vault/join/content.h"
#include "vault/join/epoch.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/known.h"
#include "vault/join/signer.h"
#include "vault/join/segment.h"
#include "vault/join/varint.h"
#include "vault/objects/commit.h"
#include "vault/objects/frame.h"
#include "vault/objects/guide.h"
#include "vault/objects/head.h"
#include "vault/objects/mailbox.h"
#include "vault/objects/manifest.h"
#include "vault/objects/pack.h"
#include "vault/objects/vv.h"

#define CHECK "python3 " TEST_VECTORS "/vault.py --check"

/* -- what is accepted, which comes back byte for byte
 * ------------------------------------------------------------------ */

static err_t recode_positions(struct span in, struct buf *out)
{
	cleanup(vv_free) struct vv a = { 0 };
	struct rd r = RD(in);
	err_t e = vv_get(&r, &a);
	if (!e && !rd_end(&r))
		e = ERR_DAMAGED;
	return e ? e : vv_put(out, &a);
}

static err_t add(void *ctx, struct span key, struct span value)
{
	return pack_add(ctx, key, value);
}

static err_t recode_pack(struct span in, struct buf *out)
{
	cleanup(pack_free) struct pack p = PACK_INIT;
	err_t e = pack_read(in, NULL, NULL);
	if (e)
		return e;
	ok(pack_read(in, add, &p));
	return pack_put(&p, out);
}

static err_t recode_commit(struct span in, struct buf *out)
{
	cleanup(commit_free) struct commit c = { 0 };
	err_t e = commit_decode(in, &c);
	return e ? e : commit_encode(&c, out);
}

static err_t recode_facts(struct span in, struct buf *out)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	err_t e = segment_get_facts(in, &f);
	return e ? e : segment_put_facts(out, &f);
}

static err_t copy(bool good, struct span in, struct buf *out)
{
	buf_put(out, in.p, in.len);
	return good ? buf_ok(out) : ERR_DAMAGED;
}

static err_t recode_statement(struct span in, struct buf *out)
{
	cleanup(statement_free) struct statement body = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct signer_said s;
	if (!signer_statement(in, &s))
		return ERR_DAMAGED;
	err_t e = statement_get_body(&s, &body);
	if (e && e != ERR_NOTFOUND)
		return e;
	if (!e) {
		ok(statement_put_body(&b, &body));
		s.body = buf_span(&b);
	}
	return signer_put_statement(out, &s);
}

static err_t recode_start(struct span in, struct buf *out)
{
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	uint32_t number;
	err_t e = epoch_get_start(in, &s);
	assert_int_equal(epoch_start_ok(in, &number), !e);
	assert_true(e || number == s.number);
	return e ? e : epoch_put_start(out, &s);
}

static err_t recode_recipients(struct span in, struct buf *out)
{
	cleanup(epoch_boxes_free) struct epoch_boxes l = { 0 };
	err_t e = epoch_get_recipients(in, &l);
	assert_int_equal(epoch_recipients_ok(in), !e);
	return e ? e : epoch_put_recipients(out, &l);
}

static err_t recode_mailbox(struct span in, struct buf *out)
{
	cleanup(pack_free) struct pack p = PACK_INIT;
	err_t e = mailbox_read(in, NULL, NULL);
	if (e)
		return e;
	ok(mailbox_read(in, add, &p));
	return mailbox_put(out, &p);
}

static err_t recode_guide(struct span in, struct buf *out)
{
	struct guide g;
	err_t e = guide_decode(in, &g);
	return e ? e : guide_encode(&g, out);
}

static err_t recode_root(struct span in, struct buf *out)
{
	cleanup(root_free) struct root x = { 0 };
	err_t e = root_decode(in, &x);
	return e ? e : root_encode(&x, out);
}

static err_t recode_record(struct span in, struct buf *out)
{
	struct rd r = RD(in);
	struct span key = blob_get(&r), value = SPAN(r.p, r.left);
	cleanup(record_free) struct record rec = RECORD_INIT;
	err_t e = r.bad || !key.len || *(const uint8_t *)key.p < 0x45 ? ERR_DAMAGED : known_check(key, value);
	if (e)
		return e;
	blob_put(out, key);
	ok(record_decode(value, &rec));
	return record_encode(&rec, out);
}

static err_t recode_head(struct span in, struct buf *out)
{
	cleanup(head_free) struct head h = { 0 };
	err_t e = head_decode(in, &h);
	return e ? e : head_encode(&h, out);
}

static err_t recode_manifest(struct span in, struct buf *out)
{
	cleanup(manifest_free) struct manifest m = { 0 };
	err_t e = manifest_decode(in, &m);
	return e ? e : manifest_encode(&m, out);
}

static err_t recode_frame(struct span in, struct buf *out)
{
	struct frame f;
	err_t e = frame_get(in, &f);
	return e ? e : frame_put(out, &f);
}

static err_t recode_derived(struct span in, struct buf *out)
{
	return copy(true, in, out);
}

static const struct kind {
	const char *name;
	err_t (*recode)(struct span in, struct buf *out);
} kinds[] = {
	{ "positions", recode_positions }, { "pack", recode_pack },           { "commit", recode_commit },
	{ "facts", recode_facts },         { "statement", recode_statement }, { "start", recode_start },
	{ "record", recode_record },       { "head", recode_head },           { "frame", recode_frame },
	{ "derived", recode_derived },     { "manifest", recode_manifest },   { "recipients", recode_recipients },
	{ "mailbox", recode_mailbox },     { "guide", recode_guide },         { "root", recode_root },
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strncmp(name, kinds[i].name, strlen(kinds[i].name)) && name[strlen(kinds[i].name)] == '-')
			return &kinds[i];
	fail_msg("no kind of %s", name);
	return NULL;
}

static void check_named(const struct vector *v, void (*make)(struct buf *out))
{
	cleanup(buf_free) struct buf out = BUF_INIT, again = BUF_INIT;
	if (make)
		make(&out);
	else
		buf_put(&out, vector_get(v, "bytes").p, vector_get(v, "bytes").len);
	assert_int_equal(span_cmp(buf_span(&out), vector_get(v, "bytes")), 0);
	ok(kind_of(v->name[0])->recode(buf_span(&out), &again));
	assert_int_equal(span_cmp(buf_span(&out), buf_span(&again)), 0);
}

/* In the order of vault.txt. */
static const struct {
	const char *name;
	void (*make)(struct buf *out);
} all[] = {
	{ "positions-none", positions_none },
	{ "positions-branches", positions_branches },
	{ "pack-none", pack_none },
	{ "pack-some", pack_some },
	{ "commit-first", commit_first },
	{ "commit-part", commit_part },
	{ "commit-last", commit_last },
	/* NULL: it only has to be read; this one the other program has off docs/format.md */
	{ "commit-page", NULL },
	{ "commit-epoch", commit_epoch },
	{ "facts-two", facts_two },
	{ "statement-join", statement_join },
	{ "statement-incarnation", statement_incarnation },
	{ "statement-revoke", statement_revoke },
	{ "statement-close", statement_close },
	{ "statement-slot", statement_slot },
	{ "statement-passphrase", statement_passphrase },
	{ "statement-confirm", statement_confirm },
	{ "statement-rules", statement_rules },
	{ "statement-unknown", NULL },
	{ "start-one", start_one },
	{ "start-bare", start_bare },
	{ "recipients-two", recipients_two },
	{ "recipients-none", NULL },
	{ "mailbox-none", NULL },
	{ "mailbox-joined", NULL },
	{ "guide-one", NULL },
	{ "root-one", NULL },
	{ "root-two", root_two },
	{ "record-place", NULL },
	{ "record-mode", NULL },
	{ "record-xattr", NULL },
	{ "record-content", record_content },
	{ "record-extents", record_extents },
	{ "record-segment", NULL },
	{ "record-super", NULL },
	{ "record-genesis", NULL },
	{ "record-statement", NULL },
	{ "record-slot", NULL },
	{ "record-device", NULL },
	{ "record-epoch", NULL },
	{ "head-bare", head_bare },
	{ "head-full", head_full },
	{ "manifest-full", manifest_full },
	{ "derived-names", derived_names },
	{ "derived-hash", derived_hash },
	{ "derived-sizes", derived_sizes },
};

static void test_vectors(void **state)
{
	(void)state;
	struct vector v;
	size_t i = 0;
	for (FILE *f = vectors_open("vault.txt"); vectors_next(f, &v); i++) {
		assert_true(i < ARRAY_LEN(all));
		assert_string_equal(v.name[0], all[i].name);
		check_named(&v, all[i].make);
	}
	assert_int_equal(i, ARRAY_LEN(all));
}

/* -- damaged ones, for the other program
 * ------------------------------------------------------------------------------- */

static uint8_t other_byte(uint64_t *seed, uint8_t b)
{
	static const uint8_t likely[] = { 0, 1, 2, 3, 127, 128, 255 };
	switch (random_u64(seed) % 4) {
	case 0:
		return (uint8_t)(b + 1);
	case 1:
		return (uint8_t)(b - 1);
	case 2:
		return likely[random_u64(seed) % sizeof(likely)];
	default:
		return (uint8_t)random_u64(seed);
	}
}

/* damage: up to two bytes others, cut out or put in. */
static void damage(uint64_t *seed, struct buf *b)
{
	for (unsigned n = (unsigned)(random_u64(seed) % 3); n > 0 && b->len; n--) {
		size_t at = (size_t)(random_u64(seed) % b->len);
		if (!one_in(seed, 4)) {
			b->p[at] = other_byte(seed, b->p[at]);
		} else if (one_in(seed, 2)) {
			memmove(b->p + at, b->p + at + 1, b->len - at - 1);
			b->len--;
		} else {
			buf_u8(b, 0);
			memmove(b->p + at + 1, b->p + at, b->len - at - 1);
			b->p[at] = other_byte(seed, b->p[at]);
		}
	}
}

static void print_case(FILE *to, const char *name, struct span bytes)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	const struct kind *k = kind_of(name);
	err_t e = k->recode(bytes, &out);
	assert_true(e == ERR_OK || e == ERR_DAMAGED || e == ERR_VERSION || e == ERR_LIMIT);
	assert_true(e || span_cmp(buf_span(&out), bytes) == 0);
	fprintf(to, "%s x", k->name);
	for (size_t i = 0; i < bytes.len; i++)
		fprintf(to, "%02x", ((const uint8_t *)bytes.p)[i]);
	fprintf(to, " %d\n", e == ERR_OK);
}

/* print_frames: of several sizes, too long for vault.txt; damaged where they begin, or cut. */
static void print_frames(FILE *to, uint64_t *seed)
{
	static const size_t lengths[] = { 1, 3947, 3948, 4011, 4012, 300000 };
	cleanup(buf_free) struct buf text = BUF_INIT;
	memset(buf_extend(&text, 300000), 9, 300000);
	for (unsigned n = random_rounds(200, 2000); n > 0; n--) {
		cleanup(buf_free) struct buf b = BUF_INIT, start = BUF_INIT;
		struct frame f = { .is_signed = one_in(seed, 2), .sig = { 7 } };
		f.contents = SPAN(text.p, lengths[one_in(seed, 20) ? 5 : random_u64(seed) % 5]);
		ok(frame_put(&b, &f));
		buf_put(&start, b.p, 72);
		damage(seed, &start);
		memcpy(b.p, start.p, MIN(start.len, 72));
		b.len -= one_in(seed, 8);
		print_case(to, "frame-", buf_span(&b));
	}
}

static void test_the_other_program_agrees(void **state)
{
	(void)state;
	uint64_t seed = random_seed();
	FILE *to = popen(CHECK, "w");
	assert_non_null(to);
	struct vector v;
	for (FILE *f = vectors_open("vault.txt"); vectors_next(f, &v);) {
		print_case(to, v.name[0], vector_get(&v, "bytes"));
		bool damaged = strncmp(v.name[0], "derived", 7) != 0;
		for (unsigned n = random_rounds(300, 10000); n > 0 && damaged; n--) {
			cleanup(buf_free) struct buf b = BUF_INIT;
			buf_put(&b, vector_get(&v, "bytes").p, vector_get(&v, "bytes").len);
			damage(&seed, &b);
			print_case(to, v.name[0], buf_span(&b));
		}
	}
	print_frames(to, &seed);
	assert_int_equal(pclose(to), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_the_other_program_agrees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
