/* SPDX-License-Identifier: MIT */
#include "vault/join/fold.h"

#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_join.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"

struct fold {
	const struct view *state, *delta;
	uint64_t ino;
	struct records versions; /* version id as in a key -> a record of that version alone */
	struct records *out;
};

static void fold_free(struct fold *f)
{
	records_free(&f->versions);
}

/* alone: one version as a record. */
static err_t alone(const struct group_node *key, struct buf *out)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	size_t map = group_open(&r, GROUP_VERSIONS, GROUP_VERSION, STAMP_ZERO);
	group_copy(&r, key);
	group_close(&r, map);
	return record_encode(&r, out);
}

static err_t join_at(struct records *t, struct span key, struct span value)
{
	const struct records_entry *x = records_find(t, key);
	cleanup(buf_wipe_free) struct buf sum = BUF_INIT;
	err_t e = record_join(x ? buf_span(&x->value) : SPAN(NULL, 0), value, &sum);
	return e ? e : records_put(t, key, buf_span(&sum));
}

/* gather: all versions in one record. */
static err_t gather(struct fold *f, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = record_decode(value, &r);
	if (e)
		return e;
	struct nodes keys = version_list(group_all(&r));
	for (const struct group_node *k = keys.v; !e && k < group_end(keys); k += k->size) {
		cleanup(buf_wipe_free) struct buf one = BUF_INIT;
		struct shared_key id = shared_key_version(SHARED_SIBLING, f->ino, version_id_of(k));
		e = alone(k, &one);
		if (!e)
			e = join_at(&f->versions, shared_key_span(&id), buf_span(&one));
	}
	return e;
}

static err_t gather_visit(void *ctx, struct span key, struct span value)
{
	(void)key;
	return gather(ctx, value);
}

static err_t gather_get(struct fold *f, const struct view *v, struct shared_key key)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = v->get(v->ctx, shared_key_span(&key), &value);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return gather(f, buf_span(&value));
}

static err_t gather_kind(struct fold *f, const struct view *v, enum shared_kind kind)
{
	struct shared_key prefix = shared_key_ino(kind, f->ino);
	return v->scan(v->ctx, shared_key_span(&prefix), SPAN(NULL, 0), gather_visit, f);
}

/* id_of: what a key of f->versions says. */
static struct version_id id_of(const struct records_entry *x)
{
	struct shared_name n = { 0 };
	err_t e = shared_key_parse(records_key(x), &n);
	return e ? (struct version_id){ 0 } : n.version;
}

/* gather_gone: of the versions that are told, what the state has under VERSION. */
static err_t gather_gone(struct fold *f)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < f->versions.n; i++)
		e = gather_get(f, f->state, shared_key_version(SHARED_VERSION, f->ino, id_of(f->versions.v[i])));
	return e;
}

/* gather_all: of both sides; of the versions gone in the state those that the other side says something of. */
static err_t gather_all(struct fold *f)
{
	struct shared_key inode = shared_key_ino(SHARED_INODE, f->ino);
	err_t e = gather_get(f, f->delta, inode);
	if (!e)
		e = gather_kind(f, f->delta, SHARED_SIBLING);
	if (!e)
		e = gather_kind(f, f->delta, SHARED_VERSION);
	if (!e)
		e = gather_gone(f);
	if (!e)
		e = gather_get(f, f->state, inode);
	return e ? e : gather_kind(f, f->state, SHARED_SIBLING);
}

/* A version of f->versions, decoded. */
struct told {
	struct record r;
	const struct group_node *key;
};

static err_t tell(const struct records_entry *x, struct told *ret)
{
	err_t e = record_decode(buf_span(&x->value), &ret->r);
	if (!e)
		ret->key = version_list(group_all(&ret->r)).v;
	return e;
}

/* greatest: the live version with the greatest (root, id); NULL: none is. */
static err_t greatest(const struct fold *f, const struct records_entry **ret)
{
	struct version_id root = { 0 };
	*ret = NULL;
	for (size_t i = 0; i < f->versions.n; i++) { /* ids rise */
		struct told t = { 0 };
		err_t e = tell(f->versions.v[i], &t);
		if (!e && !version_gone(t.key) && (!*ret || version_id_cmp(version_root(t.key), root) >= 0)) {
			root = version_root(t.key);
			*ret = f->versions.v[i];
		}
		record_free(&t.r);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* say: the state's record of that key becomes `value`, or goes if that is empty. */
static err_t say(const struct fold *f, struct shared_key key, struct span value)
{
	cleanup(buf_wipe_free) struct buf now = BUF_INIT;
	struct span k = shared_key_span(&key);
	err_t e = f->state->get(f->state->ctx, k, &now);
	if (e && e != ERR_NOTFOUND)
		return e;
	if (value.len == 0)
		return e ? ERR_OK : records_gone(f->out, k);
	return !e && span_cmp(buf_span(&now), value) == 0 ? ERR_OK : records_put(f->out, k, value);
}

static err_t say_versions(const struct fold *f, const struct records_entry *first)
{
	for (size_t i = 0; i < f->versions.n; i++) {
		const struct records_entry *x = f->versions.v[i];
		struct told t = { 0 };
		err_t e = tell(x, &t);
		bool gone = !e && version_gone(t.key), live = x != first && !gone;
		record_free(&t.r);
		if (!e)
			e = say(f, shared_key_version(SHARED_SIBLING, f->ino, id_of(x)),
			        live ? buf_span(&x->value) : SPAN(NULL, 0));
		if (!e && gone)
			e = say(f, shared_key_version(SHARED_VERSION, f->ino, id_of(x)), buf_span(&x->value));
		if (e)
			return e;
	}
	return ERR_OK;
}

/* with_version: `list` with group 10 as in `first`; of another class it stays if there is none. */
static void with_version(struct nodes list, const struct record *first, struct record *out)
{
	const struct group_node *g = list.v, *end = group_end(list);
	for (; g < end && g->number < GROUP_VERSIONS; g += g->size)
		group_copy(out, g);
	if (first->n)
		group_copy(out, first->v);
	for (; g < end; g += g->size)
		if (g->number > GROUP_VERSIONS || (!first->n && g->class != GROUP_VERSION))
			group_copy(out, g);
}

/* get_some: of INODE; no groups if it is not there. */
static err_t get_some(const struct view *v, struct shared_key key, struct buf *value, struct record *ret)
{
	err_t e = v->get(v->ctx, shared_key_span(&key), value);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return record_decode(buf_span(value), ret);
}

static err_t join_inode(const struct fold *f, struct record *first, struct buf *out)
{
	cleanup(buf_wipe_free) struct buf a = BUF_INIT, b = BUF_INIT;
	cleanup(record_free) struct record ra = RECORD_INIT, rb = RECORD_INIT, sum = RECORD_INIT, whole = RECORD_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, f->ino);
	err_t e = get_some(f->state, key, &a, &ra);
	if (!e)
		e = get_some(f->delta, key, &b, &rb);
	if (e)
		return e;
	groups_join(group_all(&ra), group_all(&rb), &sum);
	with_version(group_all(&sum), first, &whole);
	if (sum.failed)
		return ERR_NOMEM;
	return whole.n || whole.failed ? record_encode(&whole, out) : ERR_OK;
}

static err_t say_inode(const struct fold *f, const struct records_entry *first)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = first ? record_decode(buf_span(&first->value), &r) : ERR_OK;
	if (!e)
		e = join_inode(f, &r, &value);
	return e ? e : say(f, shared_key_ino(SHARED_INODE, f->ino), buf_span(&value));
}

/* -- plain ------------------------------------------------------------------------------------------------------- */

/* What is said in INODE and not of versions joins there, whatever else the state has: its versions stand as joins left
 * them, or as a checkpoint brought them, until one of them is joined. */

static err_t any_visit(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	*(bool *)ctx = true;
	return ERR_CANCELED; /* one is enough */
}

static err_t has_any(const struct view *v, enum shared_kind kind, uint64_t ino, bool *ret)
{
	struct shared_key prefix = shared_key_ino(kind, ino);
	err_t e = v->scan(v->ctx, shared_key_span(&prefix), SPAN(NULL, 0), any_visit, ret);
	return *ret && e == ERR_CANCELED ? ERR_OK : e;
}

/* INODE of both sides; `now`: the state's bytes. */
struct both {
	struct buf now, said;
	struct record a, b;
};

static void both_free(struct both *x)
{
	record_free(&x->a);
	record_free(&x->b);
	buf_wipe_free(&x->now);
	buf_wipe_free(&x->said);
}

static err_t get_inode(const struct view *v, uint64_t ino, struct buf *value, struct record *ret)
{
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	err_t e = v->get(v->ctx, shared_key_span(&key), value);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return record_decode(buf_span(value), ret);
}

static err_t get_both(const struct fold *f, struct both *x)
{
	err_t e = get_inode(f->delta, f->ino, &x->said, &x->b);
	return e ? e : get_inode(f->state, f->ino, &x->now, &x->a);
}

/* is_first: *ret: the one version that is said is live, and the state has none. */
static err_t is_first(const struct fold *f, const struct both *x, bool *ret)
{
	const struct nodes keys = version_list(group_all(&x->b));
	bool siblings = false;
	*ret = keys.n && keys.v->size == keys.n && !version_gone(keys.v) && !x->now.len;
	if (!*ret)
		return ERR_OK;
	cleanup(buf_wipe_free) struct buf gone = BUF_INIT;
	struct shared_key key = shared_key_version(SHARED_VERSION, f->ino, version_id_of(keys.v));
	err_t e = f->state->get(f->state->ctx, shared_key_span(&key), &gone);
	*ret = e == ERR_NOTFOUND;
	if (e == ERR_NOTFOUND)
		e = has_any(f->state, SHARED_SIBLING, f->ino, &siblings);
	*ret &= !siblings;
	return e;
}

/* is_plain: *ret: no version goes from one record to another: all that is said is in INODE, and nothing of versions, or
 * the first one. */
static err_t is_plain(const struct fold *f, struct both *x, bool *ret)
{
	bool spread = false;
	err_t e = has_any(f->delta, SHARED_SIBLING, f->ino, &spread);
	if (!e && !spread)
		e = has_any(f->delta, SHARED_VERSION, f->ino, &spread);
	if (!e && !spread)
		e = get_both(f, x);
	*ret = !spread;
	if (e || !*ret || !group_find(group_all(&x->b), GROUP_VERSIONS))
		return e;
	return is_first(f, x, ret);
}

static err_t join_plain(const struct fold *f, const struct both *x)
{
	cleanup(record_free) struct record sum = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, f->ino);
	if (!x->now.len)
		return x->said.len ? records_put(f->out, shared_key_span(&key), buf_span(&x->said)) : ERR_OK;
	groups_join(group_all(&x->a), group_all(&x->b), &sum);
	err_t e = sum.n || sum.failed ? record_encode(&sum, &value) : ERR_OK;
	if (e || span_cmp(buf_span(&x->now), buf_span(&value)) == 0)
		return e;
	return records_put(f->out, shared_key_span(&key), buf_span(&value));
}

err_t fold_join(const struct view *state, const struct view *delta, uint64_t ino, struct records *out)
{
	cleanup(fold_free) struct fold f = { .state = state, .delta = delta, .ino = ino, .out = out };
	cleanup(both_free) struct both inode = { 0 };
	const struct records_entry *first = NULL;
	bool plain = false;
	err_t e = is_plain(&f, &inode, &plain);
	if (!e && plain)
		return join_plain(&f, &inode);
	if (!e)
		e = gather_all(&f);
	if (!e)
		e = greatest(&f, &first);
	if (!e)
		e = say_versions(&f, first);
	return e ? e : say_inode(&f, first);
}

/* find: a version in the record of that key. */
static err_t find(const struct view *v, struct shared_key key, struct version_id id, struct buf *one)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = v->get(v->ctx, shared_key_span(&key), &value);
	if (!e)
		e = record_decode(buf_span(&value), &r);
	if (e)
		return e;
	const struct group_node *k = version_find(group_all(&r), id);
	return k ? alone(k, one) : ERR_NOTFOUND;
}

err_t fold_version(const struct view *v, uint64_t ino, struct version_id id, struct buf *ret)
{
	cleanup(buf_wipe_free) struct buf one = BUF_INIT;
	err_t e = find(v, shared_key_ino(SHARED_INODE, ino), id, &one);
	if (e == ERR_NOTFOUND)
		e = find(v, shared_key_version(SHARED_SIBLING, ino, id), id, &one);
	if (e == ERR_NOTFOUND)
		e = find(v, shared_key_version(SHARED_VERSION, ino, id), id, &one);
	if (!e)
		buf_move(ret, &one);
	return e;
}
