/* SPDX-License-Identifier: MIT */
#include "vault/join/draft.h"

#include "util/cleanup.h"
#include "vault/join/apply.h"
#include "vault/join/fold.h"
#include "vault/join/group_decode.h"
#include "vault/join/group_encode.h"
#include "vault/join/group_join.h"
#include "vault/join/inode_head.h"
#include "vault/join/known.h"
#include "vault/join/place.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"
#include "vault/join/xattr_map.h"

void draft_begin(struct draft *d, const struct view *base)
{
	*d = (struct draft){ 0 };
	d->empty = records_view(&d->nothing);
	d->over.below = base ? base : &d->empty;
	d->view = records_over_view(&d->over);
}

void draft_begin_shown(struct draft *d, const struct view *shown, const struct draft_loader *loader)
{
	draft_begin(d, shown);
	d->loader = loader;
}

void draft_end(struct draft *d)
{
	records_free(&d->records);
	records_free(&d->over.changes);
	records_free(&d->loaded);
	records_free(&d->asked);
}

err_t draft_load(struct draft *d, struct span key)
{
	cleanup(records_free) struct records said = RECORDS_INIT;
	struct shared_name n;
	struct shared_key inode;
	if (!d->loader)
		return ERR_OK;
	if (shared_key_parse(key, &n) == ERR_OK) {
		inode = shared_key_ino(SHARED_INODE, n.ino);
		key = shared_key_span(&inode);
	}
	if (records_find(&d->asked, key))
		return ERR_OK;
	err_t e = d->loader->load(d->loader->ctx, key, &said);
	if (!e)
		e = records_add_all(&d->records, &said);
	if (!e)
		e = records_add_all(&d->loaded, &said);
	return e ? e : records_gone(&d->asked, key);
}

/* put_said: of which a commit will carry as much as it may. */
static err_t put_said(struct draft *d, const struct records_entry *x)
{
	struct span value = buf_span(&x->value);
	return value.len > RECORD_MAX ? ERR_LIMIT : records_put(&d->records, records_key(x), value);
}

/* join_records: into what is said. Nothing is below that a gone key would hide. */
static err_t join_records(struct draft *d, const struct records *more)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	struct view now = records_view(&d->records);
	err_t e = join_apply(&now, more, &changes);
	for (size_t i = 0; !e && i < changes.n; i++) {
		const struct records_entry *x = changes.v[i];
		if (x->gone)
			records_drop(&d->records, records_key(x));
		else
			e = put_said(d, x);
	}
	return e;
}

/* join_both: into what is said, and into what is below. */
static err_t join_both(struct draft *d, const struct records *more)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	err_t e = join_apply(&d->view, more, &changes);
	if (!e)
		e = join_records(d, more);
	return e ? e : records_add_all(&d->over.changes, &changes);
}

static err_t put_one(struct draft *d, struct span key, struct span value)
{
	cleanup(records_free) struct records one = RECORDS_INIT;
	err_t e = draft_load(d, key);
	if (!e)
		e = records_put(&one, key, value);
	return e ? e : join_both(d, &one);
}

/* least: what `value` says that `before` does not. */
static err_t least(struct span before, struct span value, struct buf *ret)
{
	cleanup(buf_wipe_free) struct buf after = BUF_INIT;
	err_t e = record_join(before, value, &after);
	return e ? e : record_delta(before, buf_span(&after), ret);
}

static err_t put_groups_at(struct records *t, struct span key, const struct record *r, size_t limit)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = r->failed ? ERR_NOMEM : record_encode(r, &value);
	if (!e && value.len > limit)
		e = ERR_LIMIT;
	return e ? e : records_put(t, key, buf_span(&value));
}

/* say_groups: joined into what is said under a key. */
static err_t say_groups(struct draft *d, struct span key, const struct record *news)
{
	cleanup(record_free) struct record said = RECORD_INIT, sum = RECORD_INIT;
	err_t e = draft_load(d, key);
	const struct records_entry *x = records_find(&d->records, key);
	if (!e && x)
		e = record_decode(buf_span(&x->value), &said);
	if (e)
		return e;
	groups_join(group_all(&said), group_all(news), &sum);
	return put_groups_at(&d->records, key, &sum, RECORD_MAX);
}

/* check: that `news` may stand in a commit. */
static err_t check(struct span key, const struct record *news)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = record_encode(news, &value);
	return e ? e : known_check(key, buf_span(&value));
}

/* put_plain: what is new of a record without versions. None of the file moves to another record then: what is said and
 * what is shown are joins under this key. */
static err_t put_plain(struct draft *d, struct span key, const struct record *r)
{
	cleanup(buf_wipe_free) struct buf before = BUF_INIT;
	cleanup(record_free) struct record rb = RECORD_INIT, sum = RECORD_INIT, news = RECORD_INIT;
	err_t e = r->failed ? ERR_NOMEM : d->view.get(d->view.ctx, key, &before);
	bool later = !e && record_is_later(buf_span(&before)); /* wins over what is said of it */
	if (!e && !later)
		e = record_decode(buf_span(&before), &rb);
	if (e && e != ERR_NOTFOUND)
		return e;
	groups_join(group_all(&rb), group_all(r), &sum);
	groups_delta(group_all(&rb), group_all(&sum), &news);
	if (sum.failed || news.failed)
		return ERR_NOMEM;
	if (news.n == 0)
		return ERR_OK;
	e = check(key, &news);
	if (!e)
		e = say_groups(d, key, &news);
	return e || later ? e : put_groups_at(&d->over.changes, key, &sum, SIZE_MAX);
}

err_t draft_put(struct draft *d, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = record_decode(value, &r);
	if (e)
		return e;
	return group_find(group_all(&r), GROUP_VERSIONS) ? put_one(d, key, value) : put_plain(d, key, &r);
}

err_t draft_replace(struct draft *d, struct span key, struct span value)
{
	err_t e = value.len > RECORD_MAX ? ERR_LIMIT : known_check(key, value);
	if (!e)
		e = draft_load(d, key);
	if (!e)
		e = records_put(&d->records, key, value);
	return e ? e : records_put(&d->over.changes, key, value);
}

err_t draft_drop(struct draft *d, struct span key)
{
	err_t e = draft_load(d, key);
	if (e)
		return e;
	records_drop(&d->records, key);
	return records_gone(&d->over.changes, key);
}

static err_t put_groups(struct draft *d, struct shared_key key, const struct record *r)
{
	return put_plain(d, shared_key_span(&key), r);
}

err_t draft_put_head(struct draft *d, const struct inode_head *h)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	inode_head_write(&r, h);
	return put_groups(d, shared_key_ino(SHARED_INODE, h->ino), &r);
}

err_t draft_put_attr(struct draft *d, uint64_t ino, enum attr_group group, struct stamp stamp, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	group_value(&r, (uint16_t)(GROUP_ATTR + (unsigned)group), stamp, value);
	return put_groups(d, shared_key_ino(SHARED_INODE, ino), &r);
}

err_t draft_put_link(struct draft *d, const struct link_rec *l)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	bool first = l->lid == LID_FIRST;
	place_write(&r, l);
	return put_groups(
	        d, first ? shared_key_ino(SHARED_INODE, l->ino) : shared_key_number(SHARED_LINK, l->ino, l->lid), &r);
}

err_t draft_put_xattr(struct draft *d, const struct xattr_value *x)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	xattr_map_write(&r, x);
	return put_groups(d, shared_key_number(SHARED_XATTR, x->ino, x->hash), &r);
}

/* -- versions ---------------------------------------------------------------------------------------------------- */

/* put_version_news: under SIBLING if it is live, whichever record it will stand in; a gone one always says so. */
static err_t put_version_news(struct draft *d, const struct version_rec *v, struct span news)
{
	cleanup(record_free) struct record mark = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf mark_value = BUF_INIT, value = BUF_INIT;
	struct shared_key key = shared_key_version(v->gone ? SHARED_VERSION : SHARED_SIBLING, v->ino, v->id);
	if (!v->gone)
		return put_one(d, shared_key_span(&key), news);
	version_write(&mark, &(struct version_rec){ .id = v->id, .gone = true, .mark = true });
	err_t e = record_encode(&mark, &mark_value);
	if (!e)
		e = record_join(news, buf_span(&mark_value), &value);
	return e ? e : put_one(d, shared_key_span(&key), buf_span(&value));
}

/* is_gone: as the draft shows it. */
static err_t is_gone(struct span value, bool *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	err_t e = value.len ? record_decode(value, &r) : ERR_NOTFOUND;
	if (!e)
		*ret = version_gone(version_list(group_all(&r)).v);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

err_t draft_put_version(struct draft *d, const struct version_rec *v)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT, before = BUF_INIT, news = BUF_INIT;
	bool was_gone = false;
	version_write(&r, v);
	err_t e = record_encode(&r, &value);
	if (!e)
		e = fold_version(&d->view, v->ino, v->id, &before);
	if (e && e != ERR_NOTFOUND)
		return e;
	e = is_gone(buf_span(&before), &was_gone);
	if (!e)
		e = least(buf_span(&before), buf_span(&value), &news);
	if (e || news.len == 0)
		return e;
	struct version_rec now = { .ino = v->ino, .id = v->id, .gone = v->gone || was_gone };
	return put_version_news(d, &now, buf_span(&news));
}

/* -- dropping ---------------------------------------------------------------------------------------------------- */

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
	for (size_t i = 0; !e && i < d->loaded.n; i++) {
		const struct records_entry *x = d->loaded.v[i];
		struct shared_name n;
		if (shared_key_parse(records_key(x), &n) || n.ino != ino)
			continue;
		if (n.kind == SHARED_INODE)
			e = reset_in_inode(d, ino, x);
		else if (n.kind == SHARED_SIBLING || n.kind == SHARED_VERSION)
			e = reset_version(d, ino, n.version);
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

err_t draft_drop_version(struct draft *d, uint64_t ino, struct version_id id)
{
	cleanup(records_free) struct records kept = RECORDS_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	err_t e = draft_load(d, shared_key_span(&key));
	for (size_t i = 0; !e && i < ARRAY_LEN(of_versions); i++)
		e = keep_kind(d, shared_key_ino(of_versions[i], ino), id, &kept);
	for (size_t i = 0; !e && i < ARRAY_LEN(of_versions); i++)
		e = unsay(d, of_versions[i], ino);
	return e ? e : join_both(d, &kept);
}
