/* SPDX-License-Identifier: MIT */
#include "vault/join/shared.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/fold.h"
#include "vault/join/group_decode.h"
#include "vault/join/inode_head.h"
#include "vault/join/place.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"

/* A record with the bytes that its nodes point into. */
struct loaded {
	struct buf value;
	struct record r;
};

static void loaded_free(struct loaded *l)
{
	record_free(&l->r);
	buf_wipe_free(&l->value);
}

static err_t load(const struct view *v, struct shared_key key, struct loaded *ret)
{
	err_t e = v->get(v->ctx, shared_key_span(&key), &ret->value);
	return e ? e : record_decode(buf_span(&ret->value), &ret->r);
}

/* -- INODE ------------------------------------------------------------------------------------------------------- */

void shared_inode_free(struct shared_inode *s)
{
	inode_head_free(&s->head);
	link_rec_free(&s->link);
	version_rec_free(&s->version);
	*s = (struct shared_inode){ 0 };
}

/* read_first: the version that INODE holds. ERR_NOTFOUND: none. */
static err_t read_first(struct nodes list, uint64_t ino, struct version_rec *ret)
{
	struct nodes keys;
	err_t e = version_list(list, &keys);
	if (e)
		return e;
	return keys.n ? version_read(keys.v, ino, false, ret) : ERR_NOTFOUND;
}

static err_t read_inode(struct nodes list, uint64_t ino, struct shared_inode *s)
{
	err_t e = inode_head_read(list, ino, &s->head);
	if (!e && s->head.type == 0)
		return ERR_DAMAGED;
	s->link.ino = ino;
	if (!e)
		e = place_read(list, false, &s->link);
	s->has_link = !e;
	if (!e || e == ERR_NOTFOUND)
		e = read_first(list, ino, &s->version);
	s->has_version = !e;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

err_t shared_inode(const struct view *v, uint64_t ino, struct shared_inode *ret)
{
	cleanup(loaded_free) struct loaded l = { 0 };
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	err_t e = load(v, shared_key_ino(SHARED_INODE, ino), &l);
	if (!e)
		e = read_inode(group_all(&l.r), ino, &s);
	if (e)
		return e;
	*ret = s;
	s = (struct shared_inode){ 0 };
	return ERR_OK;
}

struct ino_scan {
	shared_ino_visit fn;
	void *ctx;
};

static err_t visit_ino(void *ctx, struct span key, struct span value)
{
	const struct ino_scan *s = ctx;
	struct shared_name n;
	(void)value;
	err_t e = shared_key_parse(key, &n);
	return e ? ERR_DAMAGED : s->fn(s->ctx, n.ino);
}

err_t shared_inos(const struct view *v, shared_ino_visit fn, void *ctx)
{
	struct ino_scan s = { fn, ctx };
	struct shared_key prefix = shared_key_kind(SHARED_INODE);
	return v->scan(v->ctx, shared_key_span(&prefix), SPAN(NULL, 0), visit_ino, &s);
}

/* -- links ------------------------------------------------------------------------------------------------------- */

void link_list_free(struct link_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		link_rec_free(&l->v[i]);
	free(l->v);
	*l = (struct link_list){ 0 };
}

static struct shared_key link_key(uint64_t ino, uint64_t lid)
{
	return lid == LID_FIRST ? shared_key_ino(SHARED_INODE, ino) : shared_key_number(SHARED_LINK, ino, lid);
}

err_t shared_link(const struct view *v, uint64_t ino, uint64_t lid, struct link_rec *ret)
{
	cleanup(loaded_free) struct loaded l = { 0 };
	struct link_rec link = { .ino = ino, .lid = lid };
	err_t e = load(v, link_key(ino, lid), &l);
	if (!e)
		e = place_read(group_all(&l.r), false, &link);
	if (!e)
		*ret = link;
	return e;
}

static err_t add_link(struct link_list *l, struct link_rec *link)
{
	if (!vec_room(l->v, l->n, 1, &l->cap)) {
		link_rec_free(link);
		return ERR_NOMEM;
	}
	l->v[l->n++] = *link;
	return ERR_OK;
}

static err_t visit_link(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	if (shared_key_parse(key, &n))
		return ERR_DAMAGED;
	struct link_rec link = { .ino = n.ino, .lid = n.number };
	err_t e = record_decode(value, &r);
	if (!e)
		e = place_read(group_all(&r), false, &link);
	if (e)
		return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
	return add_link(ctx, &link);
}

err_t shared_links(const struct view *v, uint64_t ino, struct link_list *ret)
{
	cleanup(link_list_free) struct link_list l = { 0 };
	struct shared_key prefix = shared_key_ino(SHARED_LINK, ino);
	struct link_rec first;
	err_t e = shared_link(v, ino, LID_FIRST, &first);
	if (!e)
		e = add_link(&l, &first);
	if (!e || e == ERR_NOTFOUND)
		e = v->scan(v->ctx, shared_key_span(&prefix), SPAN(NULL, 0), visit_link, &l);
	if (e)
		return e;
	*ret = l;
	l = (struct link_list){ 0 };
	return ERR_OK;
}

/* -- versions ---------------------------------------------------------------------------------------------------- */

void version_list_free(struct version_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		version_rec_free(&l->v[i]);
	free(l->v);
	*l = (struct version_list){ 0 };
}

err_t shared_version(const struct view *v, uint64_t ino, struct version_id id, struct version_rec *ret)
{
	cleanup(loaded_free) struct loaded l = { 0 };
	err_t e = fold_version(v, ino, id, &l.value);
	if (!e)
		e = record_decode(buf_span(&l.value), &l.r);
	return e ? e : read_first(group_all(&l.r), ino, ret);
}

static err_t add_version(struct version_list *l, struct nodes list, uint64_t ino)
{
	struct version_rec ver;
	err_t e = read_first(list, ino, &ver);
	if (e)
		return e;
	if (!vec_room(l->v, l->n, 1, &l->cap)) {
		version_rec_free(&ver);
		return ERR_NOMEM;
	}
	l->v[l->n++] = ver;
	return ERR_OK;
}

static err_t visit_version(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	err_t e = shared_key_parse(key, &n);
	if (!e)
		e = record_decode(value, &r);
	if (!e)
		e = add_version(ctx, group_all(&r), n.ino);
	return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
}

static int version_order(const void *a, const void *b)
{
	return version_id_cmp(((const struct version_rec *)a)->id, ((const struct version_rec *)b)->id);
}

/* add_kinds: INODE, SIBLING, VERSION. */
static err_t add_kinds(const struct view *v, uint64_t ino, struct version_list *l)
{
	cleanup(loaded_free) struct loaded inode = { 0 };
	struct shared_key siblings = shared_key_ino(SHARED_SIBLING, ino), gone = shared_key_ino(SHARED_VERSION, ino);
	err_t e = load(v, shared_key_ino(SHARED_INODE, ino), &inode);
	if (!e)
		e = add_version(l, group_all(&inode.r), ino);
	if (!e || e == ERR_NOTFOUND)
		e = v->scan(v->ctx, shared_key_span(&siblings), SPAN(NULL, 0), visit_version, l);
	return e ? e : v->scan(v->ctx, shared_key_span(&gone), SPAN(NULL, 0), visit_version, l);
}

err_t shared_versions(const struct view *v, uint64_t ino, struct version_list *ret)
{
	cleanup(version_list_free) struct version_list l = { 0 };
	err_t e = add_kinds(v, ino, &l);
	if (e)
		return e;
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), version_order);
	*ret = l;
	l = (struct version_list){ 0 };
	return ERR_OK;
}

/* -- extended attributes ----------------------------------------------------------------------------------------- */

static err_t visit_xattr(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	err_t e = shared_key_parse(key, &n);
	if (!e)
		e = record_decode(value, &r);
	return e ? e : xattr_map_read(group_all(&r), n.ino, n.number, ctx);
}

err_t shared_xattrs(const struct view *v, uint64_t ino, struct xattr_list *ret)
{
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	struct shared_key prefix = shared_key_ino(SHARED_XATTR, ino);
	err_t e = v->scan(v->ctx, shared_key_span(&prefix), SPAN(NULL, 0), visit_xattr, &l);
	if (e)
		return e;
	*ret = l;
	l = (struct xattr_list){ 0 };
	return ERR_OK;
}
