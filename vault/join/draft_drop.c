/* SPDX-License-Identifier: MIT */
#include "vault/join/draft_drop.h"

#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"

err_t draft_drop(struct draft *d, struct span key)
{
	err_t e = draft_load(d, key);
	if (e)
		return e;
	records_drop(&d->records, key);
	return records_gone(&d->over.changes, key);
}

static const enum shared_kind of_versions[] = { SHARED_INODE, SHARED_SIBLING, SHARED_VERSION };

/* drop_kind: nothing is said any more of a kind of one inode. */
static void drop_kind(struct records *t, enum shared_kind kind, uint64_t ino)
{
	struct shared_key prefix = shared_key_ino(kind, ino);
	for (;;) {
		size_t at = records_at(t, shared_key_span(&prefix));
		if (at == t->n || t->v[at]->len < prefix.len ||
		    span_cmp(SPAN(t->v[at]->key, prefix.len), shared_key_span(&prefix)))
			return;
		records_drop(t, records_key(t->v[at]));
	}
}

/* reset: with a loader, what is below counts again under a key: the view it lies over shows what was said. */
static err_t reset(struct draft *d, struct span key)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	const struct view *below = d->loader->below;
	err_t e = below->get(below->ctx, key, &value);
	if (e == ERR_NOTFOUND)
		return records_gone(&d->over.changes, key);
	return e ? e : records_put(&d->over.changes, key, buf_span(&value));
}

static err_t key_visit(void *ctx, struct span key, struct span value)
{
	(void)value;
	return records_gone(ctx, key);
}

/* reset_kind: of one inode: all that is shown, or is below. */
static err_t reset_kind(struct draft *d, enum shared_kind kind, uint64_t ino)
{
	cleanup(records_free) struct records keys = RECORDS_INIT;
	struct shared_key prefix = shared_key_ino(kind, ino);
	const struct view *views[] = { d->over.below, d->loader->below };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < ARRAY_LEN(views); i++)
		e = views[i]->scan(views[i]->ctx, shared_key_span(&prefix), SPAN(NULL, 0), key_visit, &keys);
	for (size_t i = 0; !e && i < keys.n; i++)
		e = reset(d, records_key(keys.v[i]));
	return e;
}

static err_t reset_version(struct draft *d, uint64_t ino, struct version_id id)
{
	struct shared_key key = shared_key_version(SHARED_VERSION, ino, id);
	return reset(d, shared_key_span(&key));
}

/* reset_in_inode: of the version in an INODE that was loaded. */
static err_t reset_in_inode(struct draft *d, uint64_t ino, const struct records_entry *x)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = record_decode(buf_span(&x->value), &r);
	struct nodes keys = version_list(group_all(&r));
	for (const struct group_node *k = keys.v; !e && k < group_end(keys); k += k->size)
		e = reset_version(d, ino, version_id_of(k));
	return e;
}

/* reset_gone: VERSION, of the versions of which something was said: a file may have thousands of others. */
static err_t reset_gone(struct draft *d, uint64_t ino)
{
	err_t e = ERR_OK;
	for (size_t k = 0; !e && k < ARRAY_LEN(of_versions); k++) {
		const struct shared_key prefix = shared_key_ino(of_versions[k], ino);
		for (size_t i = records_at(&d->loaded, shared_key_span(&prefix)); !e && i < d->loaded.n; i++) {
			const struct records_entry *x = d->loaded.v[i];
			struct shared_name n;
			if (shared_key_parse(records_key(x), &n) || n.kind != of_versions[k] || n.ino != ino)
				break;
			e = n.kind == SHARED_INODE ? reset_in_inode(d, ino, x) : reset_version(d, ino, n.version);
		}
	}
	return e;
}

/* unsay: nothing is said any more of a kind of one inode. */
static err_t unsay(struct draft *d, enum shared_kind kind, uint64_t ino)
{
	drop_kind(&d->records, kind, ino);
	drop_kind(&d->over.changes, kind, ino);
	if (!d->loader)
		return ERR_OK;
	return kind == SHARED_VERSION ? reset_gone(d, ino) : reset_kind(d, kind, ino);
}

err_t draft_drop_inode(struct draft *d, uint64_t ino)
{
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	err_t e = draft_load(d, shared_key_span(&key));
	for (enum shared_kind kind = SHARED_INODE; !e && kind <= SHARED_XATTR; kind++)
		e = unsay(d, kind, ino);
	return e;
}

/* without: a record but for one version; empty if that was all. */
static err_t without(struct span value, struct version_id id, struct buf *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT, rest = RECORD_INIT;
	err_t e = record_decode(value, &r);
	if (e)
		return e;
	for (const struct group_node *g = r.v; g < group_end(group_all(&r)); g += g->size)
		if (g->number != GROUP_VERSIONS || !version_find(group_all(&r), id))
			group_copy(&rest, g);
	return rest.n || rest.failed ? record_encode(&rest, ret) : ERR_OK;
}

/* keep_kind: what is said of a kind of one inode, but for one version. */
static err_t keep_kind(const struct draft *d, struct shared_key prefix, struct version_id id, struct records *kept)
{
	err_t e = ERR_OK;
	for (size_t i = records_at(&d->records, shared_key_span(&prefix)); !e && i < d->records.n; i++) {
		const struct records_entry *x = d->records.v[i];
		cleanup(buf_wipe_free) struct buf rest = BUF_INIT;
		if (x->len < prefix.len || span_cmp(SPAN(x->key, prefix.len), shared_key_span(&prefix)))
			break;
		e = without(buf_span(&x->value), id, &rest);
		if (!e && rest.len)
			e = records_put(kept, records_key(x), buf_span(&rest));
	}
	return e;
}

/* holds_only: INODE, and of live versions none but this one. */
static err_t holds_only(struct span inode, struct version_id id, bool *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = record_decode(inode, &r);
	struct nodes keys = version_list(group_all(&r));
	*ret = !e && keys.n && keys.v->size == keys.n && version_id_cmp(version_id_of(keys.v), id) == 0;
	return e;
}

static bool says_kind(const struct records *t, struct shared_key prefix)
{
	size_t at = records_at(t, shared_key_span(&prefix));
	return at < t->n && t->v[at]->len >= prefix.len &&
	       span_cmp(SPAN(t->v[at]->key, prefix.len), shared_key_span(&prefix)) == 0;
}

static err_t visit_any(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	*(bool *)ctx = true;
	return ERR_CANCELED; /* one is enough */
}

/* is_only: no other version of the file is live, here or in what is said, and only INODE says it. */
static err_t is_only(const struct draft *d, uint64_t ino, struct version_id id, struct buf *inode, bool *ret)
{
	struct shared_key key = shared_key_ino(SHARED_INODE, ino), siblings = shared_key_ino(SHARED_SIBLING, ino);
	const struct records_entry *said = records_find(&d->records, shared_key_span(&key));
	bool sibling =
	        says_kind(&d->records, siblings) || says_kind(&d->records, shared_key_version(SHARED_VERSION, ino, id));
	if (!said || sibling)
		return ERR_OK;
	err_t e = d->view.get(d->view.ctx, shared_key_span(&key), inode);
	if (!e)
		e = holds_only(buf_span(inode), id, ret);
	if (!e && *ret && span_cmp(buf_span(&said->value), buf_span(inode)))
		e = holds_only(buf_span(&said->value), id, ret);
	if (!e && *ret)
		e = d->view.scan(d->view.ctx, shared_key_span(&siblings), SPAN(NULL, 0), visit_any, &sibling);
	*ret = *ret && !sibling;
	return sibling || e == ERR_NOTFOUND ? ERR_OK : e;
}

/* say_rest, show_rest: a record but for its version. */
static err_t say_rest(struct draft *d, const struct records_entry *said, struct version_id id)
{
	cleanup(buf_wipe_free) struct buf rest = BUF_INIT;
	struct span key = records_key(said);
	err_t e = without(buf_span(&said->value), id, &rest);
	if (!e && rest.len)
		return records_put(&d->records, key, buf_span(&rest));
	if (!e)
		records_drop(&d->records, key);
	return e;
}

static err_t show_rest(struct draft *d, struct span key, struct span inode, struct version_id id)
{
	cleanup(buf_wipe_free) struct buf rest = BUF_INIT;
	err_t e = without(inode, id, &rest);
	if (e)
		return e;
	return rest.len ? records_put(&d->over.changes, key, buf_span(&rest)) : records_gone(&d->over.changes, key);
}

/* drop_only: *done: the only live version, which INODE says. Then all else stands where it is. */
static err_t drop_only(struct draft *d, uint64_t ino, struct version_id id, bool *done)
{
	cleanup(buf_wipe_free) struct buf inode = BUF_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	err_t e = is_only(d, ino, id, &inode, done);
	if (e || !*done)
		return e;
	e = say_rest(d, records_find(&d->records, shared_key_span(&key)), id);
	return e ? e : show_rest(d, shared_key_span(&key), buf_span(&inode), id);
}

err_t draft_drop_version(struct draft *d, uint64_t ino, struct version_id id)
{
	cleanup(records_free) struct records kept = RECORDS_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	bool done = false;
	err_t e = draft_load(d, shared_key_span(&key));
	if (!e)
		e = drop_only(d, ino, id, &done);
	if (done)
		return e;
	for (size_t i = 0; !e && i < ARRAY_LEN(of_versions); i++)
		e = keep_kind(d, shared_key_ino(of_versions[i], ino), id, &kept);
	for (size_t i = 0; !e && i < ARRAY_LEN(of_versions); i++)
		e = unsay(d, of_versions[i], ino);
	return e ? e : draft_join(d, &kept);
}
