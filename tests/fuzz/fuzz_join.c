/* SPDX-License-Identifier: MIT
 * Two shared records of format 2 under one key. The first byte of the input chooses the kind of the key, two say how
 * long the first record is, the rest is both records. Whatever they are, a state that has them can be read, and has a
 * tree: what a commit may not say is refused, and what is there is never damaged.
 */
#include "fuzz.h"
#include "tests/tree_check.h"
#include "vault/join/apply.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_join.h"
#include "vault/join/known.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"

#define INO 7

enum { UNKNOWN = 0x4f }; /* a kind */

static void check(bool ok)
{
	if (!ok)
		abort();
}

static bool same(const struct buf *a, const struct buf *b)
{
	return span_cmp(buf_span(a), buf_span(b)) == 0;
}

/* recode: what is accepted comes back byte for byte. */
static bool recode(struct span in, struct record *r)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	if (record_decode(in, r))
		return false;
	check(!record_encode(r, &out));
	fuzz_same(&out, in.p, in.len);
	return true;
}

static void laws(struct span a, struct span b)
{
	cleanup(buf_free) struct buf ab = BUF_INIT, ba = BUF_INIT, d = BUF_INIT, sum = BUF_INIT;
	check(!record_join(a, b, &ab) && !record_join(b, a, &ba) && same(&ab, &ba));
	check(!record_join(a, buf_span(&ab), &sum) && same(&sum, &ab));
	check(!record_delta(a, buf_span(&ab), &d) && !record_join(a, buf_span(&d), &sum) && same(&sum, &ab));
	check(!record_join(b, buf_span(&d), &sum) && !span_cmp(buf_span(&sum), b));
}

/* id_in: of the first version that a record speaks of. */
static struct version_id id_in(const struct record *r)
{
	struct nodes keys = version_list(group_all(r));
	return keys.n ? version_id_of(keys.v) : (struct version_id){ 0 };
}

static struct shared_key key_for(uint8_t kind, const struct record *r)
{
	switch (SHARED_INODE + kind % 6) {
	case SHARED_INODE:
		return shared_key_ino(SHARED_INODE, INO);
	case SHARED_LINK:
		return shared_key_number(SHARED_LINK, INO, 3);
	case SHARED_SIBLING:
		return shared_key_version(SHARED_SIBLING, INO, id_in(r));
	case SHARED_VERSION:
		return shared_key_version(SHARED_VERSION, INO, id_in(r));
	case SHARED_XATTR:
		return shared_key_number(SHARED_XATTR, INO, 3);
	default:
		return shared_key_kind((enum shared_kind)UNKNOWN);
	}
}

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx;
	conflict_who(id_span(&root->tag), time, out);
}

/* grow: the tree of a state. */
static void grow(const struct view *v)
{
	const struct tree_naming naming = { .who = who };
	const uint64_t inos[] = { INO };
	cleanup(tree_freep) struct tree *t = NULL;
	check(!tree_build(v, &naming, &t));
	tree_check(t, inos, ARRAY_LEN(inos));
}

/* look: all that reads a state, whatever is in it. */
static void look(const struct records *t)
{
	struct view v = records_view(t);
	cleanup(shared_inode_free) struct shared_inode inode = { 0 };
	cleanup(link_list_free) struct link_list links = { 0 };
	cleanup(version_list_free) struct version_list versions = { 0 };
	cleanup(xattr_list_free) struct xattr_list xattrs = { 0 };
	err_t e[] = { shared_inode(&v, INO, &inode), shared_links(&v, INO, &links), shared_versions(&v, INO, &versions),
		      shared_xattrs(&v, INO, &xattrs) };
	for (size_t i = 0; i < ARRAY_LEN(e); i++)
		check(e[i] == ERR_OK || (i == 0 && e[i] == ERR_NOTFOUND));
	grow(&v);
}

static void put(struct records *t, struct span key, struct span value)
{
	check(!records_put(t, key, value));
}

/* join_in: whether the state takes the commit. */
static bool join_in(struct records *state, const struct records *commit)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	struct view v = records_view(state);
	if (join_apply(&v, commit, &changes))
		return false;
	for (size_t k = 0; k < changes.n; k++)
		if (changes.v[k]->gone)
			records_drop(state, records_key(changes.v[k]));
		else
			put(state, records_key(changes.v[k]), buf_span(&changes.v[k]->value));
	look(state);
	return true;
}

/* join_both: the state that two commits give, whatever comes first. */
static bool join_both(struct records *state, const struct records *first, const struct records *second)
{
	return join_in(state, first) && join_in(state, second);
}

struct said {
	struct shared_key key;
	struct span value;
};

/* may_stand: in a state: of a later version only what is of a kind that is not known. */
static bool may_stand(const struct said *x)
{
	return x->key.b[0] == UNKNOWN || !record_is_later(x->value);
}

/* may_come: in a commit. */
static bool may_come(const struct said *x)
{
	err_t e = known_check(shared_key_span(&x->key), x->value);
	check((e == ERR_VERSION) == (record_is_later(x->value) && may_stand(x)));
	check(e || may_stand(x));
	return !e || e == ERR_VERSION;
}

static void states(const struct said *a, const struct said *b)
{
	struct span key_a = shared_key_span(&a->key), key_b = shared_key_span(&b->key);
	cleanup(records_free) struct records x = RECORDS_INIT, y = RECORDS_INIT, xy = RECORDS_INIT, yx = RECORDS_INIT;
	put(&x, key_a, a->value);
	put(&y, key_b, b->value);
	bool good_b = may_come(b), good = may_come(a) && good_b;
	check(join_both(&xy, &x, &y) == good && join_both(&yx, &y, &x) == good);
	check(!good || xy.n == yx.n);
	for (size_t i = 0; good && i < xy.n; i++)
		check(!span_cmp(records_key(xy.v[i]), records_key(yx.v[i])) && same(&xy.v[i]->value, &yx.v[i]->value));
	if (!may_stand(a))
		return;
	look(&x);
	check(join_in(&x, &y) == good_b); /* whatever the state is */
	if (!may_stand(b))
		return;
	put(&x, key_b, b->value);
	look(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(record_free) struct record ra = RECORD_INIT, rb = RECORD_INIT;
	struct rd r = RD(SPAN(data, size));
	uint8_t kind = rd_u8(&r);
	struct span a = rd_blob16(&r), b = SPAN(r.p, r.left);
	bool good_a = record_is_later(a) || recode(a, &ra), good_b = record_is_later(b) || recode(b, &rb);
	if (r.bad || !good_a || !good_b)
		return 0;
	struct said x = { key_for(kind, ra.n ? &ra : &rb), a }, y = { key_for(kind / 6, rb.n ? &rb : &ra), b };
	laws(a, b);
	states(&x, &y);
	return 0;
}
