/* SPDX-License-Identifier: MIT
 * Writes the seeds under tests/fuzz/corpus/ out of the test vectors:
 *     build-fuzz/tests/fuzz/seeds tests/fuzz/corpus
 */
#include "cache/map.h"
#include "fuzz_pages.h"
#include "sync/core/state_form.h"
#include "sync/deliver/past.h"
#include "sync/members/chain.h"
#include "sync/members/invite_record.h"
#include "util/cleanup.h"
#include "vault/changeset/said.h"
#include "vault/changeset/state.h"
#include "vault/join/group_encode.h"
#include "vault/join/inode_head.h"
#include "vault/join/shared_key.h"
#include "vault/keys/create.h"
#include "vault/objects/applied.h"
#include "vault/objects/commit.h"
#include "vault/objects/invitation_reply.h"
#include "vault/objects/invitation_request.h"
#include "vault/objects/pack.h"
#include "vault/records/local.h"
#include "vault/records/placed.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define assert_non_null(x) assert(x)
#define assert_true(x) assert(x)
#define fail_msg(...) abort()
#include "tests/vectors.h"

static const char *top;

static void seed(const char *parser, const char *name, struct span prefix, struct span s)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s/%s", top, parser);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", top, parser, name);
	FILE *f = fopen(path, "w");
	assert(f);
	if (prefix.len)
		assert(fwrite(prefix.p, 1, prefix.len, f) == prefix.len);
	assert(fwrite(s.p, 1, s.len, f) == s.len);
	assert(!fclose(f));
}

#define NOTHING SPAN(NULL, 0)

static void record_seeds(void)
{
	/* in the order of the switch of fuzz_records.c; "inode-..." is 0 */
	static const char *const kinds[] = { "inode", "xattr", "pending", "ref" };
	struct vector v;
	for (FILE *f = vectors_open("local.txt"); vectors_next(f, &v);) {
		for (uint8_t i = 0; i < ARRAY_LEN(kinds); i++)
			if (!strncmp(v.name[0], kinds[i], strlen(kinds[i])))
				seed("records", v.name[0], SPAN(&i, 1), SPAN(v.value[0], v.len[0]));
	}
}

/* join_seed: two records as fuzz_join.c reads them: first and second kind in the order of enum shared_kind. */
static void join_seed(const char *name, unsigned kinds, struct span a, struct span b)
{
	cleanup(buf_free) struct buf start = BUF_INIT;
	buf_u8(&start, (uint8_t)kinds);
	buf_blob16(&start, a);
	assert(!buf_ok(&start));
	seed("join", name, buf_span(&start), b);
}

static void join_seeds(void)
{
	struct vector v;
	cleanup(buf_free) struct buf before = BUF_INIT;
	unsigned last = 0, n = 0;
	char name[32];
	for (FILE *f = vectors_open("shared_records.txt"); vectors_next(f, &v);) {
		if (strcmp(v.name[1], "key")) { /* two of a kind that is not known */
			snprintf(name, sizeof(name), "pair%u", n++);
			join_seed(name, 35, vector_get(&v, "a"), vector_get(&v, "b"));
			continue;
		}
		unsigned kind = v.value[1][0] - 0x40u;
		join_seed(v.name[0], kind + 6 * last, vector_get(&v, "value"),
		          before.len ? buf_span(&before) : vector_get(&v, "value"));
		buf_clear(&before);
		buf_put(&before, vector_get(&v, "value").p, vector_get(&v, "value").len);
		last = kind;
	}
}

/* form_seed: of what fuzz_forms.c takes; false: it is another kind. */
static bool form_seed(const char *kind, const char *name, struct span bytes)
{
	static const char *const forms[] = { "facts",      "statement", "start", NULL,  NULL,
		                             "recipients", "mailbox",   "guide", "root" };
	for (uint8_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (!forms[i] || strcmp(kind, forms[i]))
			continue;
		seed("forms", name, SPAN(&i, 1), bytes);
		return true;
	}
	return false;
}

/* genesis_seeds: as fuzz_forms.c takes them, behind what vault.txt has. */
static void genesis_seeds(void)
{
	static const uint8_t form = 9;
	struct vector v;
	char name[32];
	for (FILE *f = vectors_open("genesis.txt"); vectors_next(f, &v);) {
		snprintf(name, sizeof(name), "genesis-%u", v.value[0][0]);
		seed("forms", name, SPAN(&form, 1), vector_get(&v, "genesis"));
	}
}

/* keys_seeds: wraps and files as fuzz_forms.c takes them, and headers. */
static void keys_seeds(void)
{
	static const uint8_t wrap = 10, unlock = 11;
	static struct vector v;
	unsigned n = 0;
	char name[32];
	for (FILE *f = vectors_open("keys.txt"); vectors_next(f, &v); n++) {
		bool is_wrap = !strcmp(v.name[1], "secret");
		snprintf(name, sizeof(name), "%s-%u", is_wrap ? "wrap" : "unlock", n);
		if (is_wrap)
			seed("forms", name, SPAN(&wrap, 1), vector_get(&v, "wrap"));
		if (!strcmp(v.name[1], "passphrase"))
			seed("forms", name, SPAN(&unlock, 1), vector_get(&v, "unlock"));
	}
	for (FILE *f = vectors_open("header.txt"); vectors_next(f, &v); n++) {
		snprintf(name, sizeof(name), "%s-%u", v.len[4] ? "slots" : "new", n);
		seed("header", name, NOTHING, vector_get(&v, "header"));
	}
}

/* frame_seeds: fuzz_frame.c adds the zeros. */
static void frame_seeds(void)
{
	static const uint8_t bare[] = { 0, 5, 0, 0, 0, 'h', 'e', 'l', 'l', 'o' };
	uint8_t with_sig[1 + 64 + 4 + 1] = { 1, [65] = 1, [69] = '!' };
	seed("frame", "unsigned", NOTHING, SPAN(bare, sizeof(bare)));
	seed("frame", "signed", NOTHING, SPAN(with_sig, sizeof(with_sig)));
}

/* vault_seeds: "KIND-NAME" of vault.txt is a seed of the target KIND; fuzz_positions.c wants two. */
static void vault_seeds(void)
{
	struct vector v;
	for (FILE *f = vectors_open("vault.txt"); vectors_next(f, &v);) {
		char kind[32];
		size_t n = strcspn(v.name[0], "-");
		struct span bytes = vector_get(&v, "bytes");
		snprintf(kind, sizeof(kind), "%.*s", (int)n, v.name[0]);
		if (strcmp(kind, "derived") && !form_seed(kind, v.name[0], bytes))
			seed(kind, v.name[0] + n + 1, strcmp(kind, "positions") ? NOTHING : bytes, bytes);
	}
}

/* blocks_seeds: a sealed block as fuzz_block.c takes it, and the records of the segments. */
static void blocks_seeds(void)
{
	static const uint8_t foreign[9] = { 0, [5] = 1 }, own[9] = { 1, [5] = 1 };
	struct vector v;
	unsigned n = 0;
	char name[32];
	for (FILE *f = vectors_open("blocks.txt"); vectors_next(f, &v);) {
		bool segment = !strcmp(v.name[0], "facts");
		snprintf(name, sizeof(name), "%s%u", segment ? "record" : "sealed", n++);
		if (segment)
			seed("segment", name, NOTHING, vector_get(&v, "record"));
		else if (n < 3)
			seed("block", name, SPAN(foreign, sizeof(foreign)), vector_get(&v, "begins"));
	}
	seed("block", "own", SPAN(own, sizeof(own)), span_str("contents"));
}

/* check_seed: a commit as fuzz_commit_check.c takes it, of one part. */
static void check_seed(const char *name, struct span commit)
{
	static const uint8_t basis[10] = { 5, [8] = 1, [9] = 1 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_blob16(&b, commit);
	assert(!buf_ok(&b));
	seed("commit_check", name, SPAN(basis, sizeof(basis)), buf_span(&b));
}

/* record_commit_seed: a record alone in a commit. */
static void record_commit_seed(const char *name, struct span key, struct span value)
{
	cleanup(pack_free) struct pack p = PACK_INIT;
	cleanup(buf_free) struct buf pack = BUF_INIT, out = BUF_INIT;
	struct commit c = { .stream = 10, .n = 2, .parts = 1, .previous = { { 1 } }, .rules = 1 };
	c.lamport = UINT64_C(1) << 20;
	assert(!pack_add(&p, key, value) && !pack_put(&p, &pack));
	c.pack = buf_span(&pack);
	assert(!commit_encode(&c, &out));
	check_seed(name, buf_span(&out));
}

static err_t add_record(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

/* first_records: what the first commit of a vault has. */
static void first_records(const struct create *made, struct records *ret, uint64_t *ret_stream)
{
	const struct chain_of who = { made->device, made->genesis_hash, 1700000000 };
	const struct statement begins = { .kind = SIGNER_INCARNATION };
	struct shared_key root = shared_key_ino(SHARED_INODE, INO_ROOT);
	struct chain at = { 0 };
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_free) struct buf value = BUF_INIT;
	assert(!chain_next(&who, &begins, &at, ret));
	*ret_stream = applied_stream(at.hash);
	const struct stamp now = { 9, *ret_stream, 1 };
	assert(!create_records(made, span_str("desk"), now, add_record, ret));
	inode_head_write(&r, &(struct inode_head){ .ino = INO_ROOT, .type = S_IFDIR >> 12 });
	assert(!record_encode(&r, &value) && !records_put(ret, shared_key_span(&root), buf_span(&value)));
}

static void founding_seed(void)
{
	cleanup(create_free) struct create made = { 0 };
	cleanup(records_free) struct records all = RECORDS_INIT;
	cleanup(pack_free) struct pack p = PACK_INIT;
	cleanup(buf_free) struct buf pack = BUF_INIT, out = BUF_INIT;
	struct commit c = { .n = 1, .parts = 1, .rules = 1, .lamport = 9 };
	assert(!create_draw(&(struct create_wish){ .cipher = CIPHER_AES256GCM, .now = 1700000000 }, &made));
	first_records(&made, &all, &c.stream);
	for (size_t i = 0; i < all.n; i++)
		assert(!pack_add(&p, records_key(all.v[i]), buf_span(&all.v[i]->value)));
	assert(!pack_put(&p, &pack));
	c.pack = buf_span(&pack);
	assert(!commit_encode(&c, &out));
	check_seed("founding", buf_span(&out));
}

static void commit_check_seeds(void)
{
	founding_seed();
	struct vector v;
	for (FILE *f = vectors_open("vault.txt"); vectors_next(f, &v);) {
		struct rd r = RD(vector_get(&v, "bytes"));
		if (!strncmp(v.name[0], "commit-", 7))
			check_seed(v.name[0], vector_get(&v, "bytes"));
		if (!strncmp(v.name[0], "record-", 7)) {
			struct span key = SPAN(r.p + 1, *r.p);
			record_commit_seed(v.name[0], key, SPAN(r.p + 1 + key.len, r.left - 1 - key.len));
		}
	}
	for (FILE *f = vectors_open("shared_records.txt"); vectors_next(f, &v);)
		if (!strcmp(v.name[1], "key"))
			record_commit_seed(v.name[0], vector_get(&v, "key"), vector_get(&v, "value"));
}

/* pages_fill: `n` records with long keys, so that a tree is deep, and values that are zeros but for what seals them;
 * some are gone again. */
static void pages_fill(struct map *m, unsigned n, size_t value)
{
	static const uint8_t zeros[9000];
	for (unsigned round = 0; round < 2; round++) {
		cleanup(batch_freep) struct batch *b = batch_new();
		for (unsigned i = 0; i < n; i += 1 + round) {
			uint8_t key[240] = { [0] = 1, [238] = (uint8_t)(i >> 8), [239] = (uint8_t)i };
			if (round)
				batch_del(b, MAP_BLOCK, SPAN(key, sizeof(key)));
			else
				batch_put(b, MAP_BLOCK, SPAN(key, sizeof(key)), SPAN(zeros, value));
		}
		assert(!map_apply(m, b) && !map_commit(m));
	}
}

/* pages_seed: data.mdb of a map with such records, without what is allocated ahead. */
static void pages_seed(const char *name, unsigned n, size_t value)
{
	static const struct key key = { { 3 } };
	char dir[] = "/tmp/cs-seeds-XXXXXX", path[64];
	static uint8_t file[255 * SPARSE_PAGE];
	assert(mkdtemp(dir));
	struct map_config c = { .dir = dir, .key = &key, .size_max = 1u << 20, .reserve = 1, .memtable_max = 65536 };
	struct map *m;
	assert(!map_open(&c, &m, NULL));
	pages_fill(m, n, value);
	assert(!map_close(m));
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, file, sizeof(file));
	assert(len > 0);
	cleanup(buf_free) struct buf b = BUF_INIT;
	sparse_write(SPAN(file, (size_t)len / SPARSE_PAGE * SPARSE_PAGE), &b);
	assert(!buf_ok(&b));
	seed("pages", name, NOTHING, buf_span(&b));
	assert(!unlink(path));
	snprintf(path, sizeof(path), "rm -r %s", dir);
	assert(!system(path));
}

static void pages_seeds(void)
{
	pages_seed("new", 0, 0);
	pages_seed("leaf", 3, 100);
	pages_seed("runs", 6, 6000);
	pages_seed("deep", 24, 1200);
}

static void invitation_seed(uint8_t form, const char *name, struct buf *b)
{
	assert(!b->failed);
	seed("invitation", name, SPAN(&form, 1), buf_span(b));
	buf_free(b);
}

/* invitation_reply: with the JOIN of vault.txt. */
static void invitation_reply_seed(void)
{
	struct vector v;
	for (FILE *f = vectors_open("vault.txt"); vectors_next(f, &v);) {
		struct invitation_reply r = { .epoch = 1 };
		struct buf b = BUF_INIT;
		struct span join = vector_get(&v, "bytes");
		if (strcmp(v.name[0], "statement-join") != 0)
			continue;
		buf_put(&r.join, join.p, join.len);
		assert(!invitation_reply_encode(&r, &b));
		invitation_seed(2, "reply", &b);
		invitation_reply_free(&r);
	}
}

static void invitation_seeds(void)
{
	const struct invitation_offer o = { .until = 1700000000, .box_key = { BOX_SUITE } };
	const struct invitation_request q = { .box_key = { BOX_SUITE }, .name = "phone" };
	struct invite_record r = { .step = INVITE_OPEN };
	struct buf b = BUF_INIT;
	assert(!invitation_offer_encode(&o, &b));
	invitation_seed(0, "offer", &b);
	assert(!invitation_request_encode(&q, &b));
	invitation_seed(1, "request", &b);
	invitation_reply_seed();
	invite_record_encode(&r, &b);
	invitation_seed(3, "open", &b);
	r.step = INVITE_ANSWERED;
	invite_record_encode(&r, &b);
	invitation_seed(3, "answered", &b);
}

static void local_seed(uint8_t form, const char *name, struct buf *b)
{
	assert(!b->failed);
	seed("local", name, SPAN(&form, 1), buf_span(b));
	buf_free(b);
}

/* local_seeds: in the order of fuzz_local.c. */
static void local_seeds(void)
{
	const struct chain said = { .number = 3, .letter = CHAIN_PLACED, .epoch = 1, .place = 5 };
	struct position on[] = { { 2, 9, { { 1 } } }, { 7, 1, { { 2 } } } };
	const struct past_commit past = { .lamport = 300, .rules = 2, .epoch = 1, .vv = { on, 2, 2 } };
	const struct state main_state = { .n = 4, .confirmed = 3, .stopped = STOPPED_FORK, .text = "why" };
	const struct stream stream = { .id = { { 1 } }, .epoch = 3, .closed = true, .closed_at = 5, .time = 9 };
	const struct lthash digest = { .lane = { 1, 2, 3 } };
	struct buf b = BUF_INIT;
	chain_encode(&said, &b);
	local_seed(0, "said", &b);
	assert(!past_encode(&past, &b));
	local_seed(1, "past", &b);
	state_encode(&main_state, &b);
	local_seed(2, "main", &b);
	state_digest_encode(&digest, &b);
	local_seed(3, "digest", &b);
	state_stream_encode(&stream, &b);
	local_seed(4, "stream", &b);
}

/* value_seeds: of fuzz_records.c what local.txt has none of. */
static void value_seeds(void)
{
	const struct placed placed = { { { 3 } }, 1, 4096, 100, 1 };
	const struct changeset_state open = { SAID_B, 7, 9 };
	struct buf b = BUF_INIT;
	mark_encode(&b);
	seed("records", "mark", SPAN("\4", 1), buf_span(&b));
	buf_clear(&b);
	placed_encode(&placed, &b);
	seed("records", "placed", SPAN("\5", 1), buf_span(&b));
	buf_clear(&b);
	for (uint8_t i = 0; i < 2; i++) { /* vault/shown/claims.c */
		buf_u8(&b, 8);
		buf_u64(&b, 5);
		buf_u64(&b, i);
		buf_u8(&b, i);
		buf_put(&b, "a", i);
	}
	seed("records", "claims", SPAN("\6", 1), buf_span(&b));
	buf_clear(&b);
	changeset_state_encode(&open, &b);
	seed("records", "changeset", SPAN("\7", 1), buf_span(&b));
	buf_free(&b);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds FOLDER\n");
		return 2;
	}
	top = argv[1];
	mkdir(top, 0755);
	record_seeds();
	join_seeds();
	vault_seeds();
	blocks_seeds();
	genesis_seeds();
	keys_seeds();
	commit_check_seeds();
	frame_seeds();
	pages_seeds();
	invitation_seeds();
	local_seeds();
	value_seeds();
	return 0;
}
