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

/* Into what is said, and into what is below. */
err_t draft_join(struct draft *d, const struct records *more)
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
	return e ? e : draft_join(d, &one);
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

/* A record as it is shown. */
struct now {
	struct buf value;
	struct record r;
};

static void now_free(struct now *n)
{
	record_free(&n->r);
	buf_wipe_free(&n->value);
}

/* get_now: nothing there is fine. */
static err_t get_now(const struct draft *d, struct span key, struct now *n)
{
	err_t e = d->view.get(d->view.ctx, key, &n->value);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return record_decode(buf_span(&n->value), &n->r);
}

/* is_all: what is said under a key is all that is shown there. */
static bool is_all(const struct records_entry *said, const struct now *now)
{
	return span_cmp(said ? buf_span(&said->value) : SPAN(NULL, 0), buf_span(&now->value)) == 0;
}

/* put_same: what is said is what is shown. */
static err_t put_same(struct draft *d, struct span key, const struct record *sum)
{
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = record_encode(sum, &value);
	if (!e && value.len > RECORD_MAX)
		e = ERR_LIMIT;
	if (!e)
		e = records_put(&d->records, key, buf_span(&value));
	return e ? e : records_put(&d->over.changes, key, buf_span(&value));
}

/* say_groups: joined into what is said under a key. */
static err_t say_groups(struct draft *d, struct span key, const struct record *news)
{
	cleanup(record_free) struct record said = RECORD_INIT, sum = RECORD_INIT;
	const struct records_entry *x = records_find(&d->records, key);
	err_t e = x ? record_decode(buf_span(&x->value), &said) : ERR_OK;
	if (e)
		return e;
	groups_join(group_all(&said), group_all(news), &sum);
	return put_groups_at(&d->records, key, &sum, RECORD_MAX);
}

/* join_now: what is new of a record, by which no version goes to another record: what is said and what is shown are
 * joins under this key. */
static err_t join_now(struct draft *d, struct span key, const struct now *now, const struct record *r)
{
	cleanup(record_free) struct record sum = RECORD_INIT, news = RECORD_INIT;
	groups_join(group_all(&now->r), group_all(r), &sum);
	groups_delta(group_all(&now->r), group_all(&sum), &news);
	if (r->failed || sum.failed || news.failed)
		return ERR_NOMEM;
	if (news.n == 0)
		return ERR_OK;
	err_t e = known_check_groups(key, group_all(&news));
	if (!e)
		e = draft_load(d, key);
	if (e)
		return e;
	if (is_all(records_find(&d->records, key), now))
		return put_same(d, key, &sum);
	e = say_groups(d, key, &news);
	return e ? e : put_groups_at(&d->over.changes, key, &sum, SIZE_MAX);
}

/* put_plain: of a record without versions. */
static err_t put_plain(struct draft *d, struct span key, const struct record *r)
{
	cleanup(now_free) struct now now = { 0 };
	err_t e = r->failed ? ERR_NOMEM : get_now(d, key, &now);
	return e ? e : join_now(d, key, &now, r);
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

/* has_record: a record is there, or one that begins so. */
static err_t first_visit(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	*(bool *)ctx = true;
	return ERR_CANCELED; /* one is enough */
}

static err_t has_record(const struct view *v, struct shared_key prefix, bool *ret)
{
	err_t e = v->scan(v->ctx, shared_key_span(&prefix), SPAN(NULL, 0), first_visit, ret);
	return *ret ? ERR_OK : e;
}

/* has_apart: a live version is said, or shown, in another record than INODE, or this one is gone. */
static err_t has_apart(const struct draft *d, uint64_t ino, struct version_id id, bool *ret)
{
	const struct view said = records_view(&d->records), *const views[] = { &said, &d->view };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && !*ret && i < ARRAY_LEN(views); i++) {
		e = has_record(views[i], shared_key_ino(SHARED_SIBLING, ino), ret);
		if (!e && !*ret)
			e = has_record(views[i], shared_key_version(SHARED_VERSION, ino, id), ret);
	}
	return e;
}

/* says_versions: INODE does. */
static err_t says_versions(const struct records_entry *said, bool *ret)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	if (!said)
		return ERR_OK;
	err_t e = record_decode(buf_span(&said->value), &r);
	*ret = e || group_find(group_all(&r), GROUP_VERSIONS);
	return e;
}

/* put_first: the first version of a file, or the only one since another went: INODE says it, here and there. *done */
static err_t put_first(struct draft *d, const struct version_rec *v, const struct record *r, bool *done)
{
	cleanup(now_free) struct now now = { 0 };
	struct shared_key key = shared_key_ino(SHARED_INODE, v->ino);
	bool other = v->gone;
	err_t e = draft_load(d, shared_key_span(&key));
	if (!e && !other)
		e = get_now(d, shared_key_span(&key), &now);
	other |= !now.r.n || group_find(group_all(&now.r), GROUP_VERSIONS);
	if (!e && !other)
		e = has_apart(d, v->ino, v->id, &other);
	const struct records_entry *said = records_find(&d->records, shared_key_span(&key));
	if (!e && !other && !is_all(said, &now))
		e = says_versions(said, &other);
	*done = !other;
	return e || other ? e : join_now(d, shared_key_span(&key), &now, r);
}

err_t draft_put_version(struct draft *d, const struct version_rec *v)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT, before = BUF_INIT, news = BUF_INIT;
	bool was_gone = false, done = false;
	version_write(&r, v);
	err_t e = r.failed ? ERR_NOMEM : put_first(d, v, &r, &done);
	if (e || done)
		return e;
	e = record_encode(&r, &value);
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

/* -- all of a file ----------------------------------------------------------------------------------------------- */

static err_t put_parts(struct draft *d, const struct draft_file *f)
{
	err_t e = draft_put_head(d, f->head);
	if (!e)
		e = draft_put_link(d, f->link);
	return e || !f->version ? e : draft_put_version(d, f->version);
}

err_t draft_put_new(struct draft *d, const struct draft_file *f)
{
	cleanup(now_free) struct now now = { 0 };
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_key key = shared_key_ino(SHARED_INODE, f->head->ino);
	err_t e = get_now(d, shared_key_span(&key), &now);
	if (!e && now.value.len) /* a version that is there would meet the other one */
		return put_parts(d, f);
	inode_identity_write(&r, f->head);
	place_write(&r, f->link);
	inode_attrs_write(&r, f->head);
	if (f->version)
		version_write(&r, f->version);
	return e ? e : join_now(d, shared_key_span(&key), &now, &r);
}
