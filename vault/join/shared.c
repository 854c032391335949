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

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* load_place: INODE up to the place. */
static err_t load_place(const struct view *v, uint64_t ino, struct loaded *ret)
{
	struct shared_key key = shared_key_ino(SHARED_INODE, ino);
	err_t e = v->get(v->ctx, shared_key_span(&key), &ret->value);
	return e ? e : record_decode_to(buf_span(&ret->value), GROUP_PLACE, &ret->r);
}

/* lost_spot: of a link that nobody says the place of. */
static struct spot lost_spot(uint64_t ino)
{
	struct spot s = { .dir = INO_LOST };
	char hex[17];
	s.name.len = (uint8_t)snprintf(hex, sizeof(hex), "%016" PRIx64, ino);
	memcpy(s.name.b, hex, s.name.len);
	return s;
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
	struct nodes keys = version_list(list);
	bool odd = false;
	return keys.n ? version_read(keys.v, ino, ret, &odd) : ERR_NOTFOUND;
}

/* read_place: ERR_NOTFOUND: no place. */
static err_t read_place(struct nodes list, struct link_rec *l)
{
	bool odd = false;
	err_t e = place_read(list, l, &odd);
	if (!e && l->where.at.dir == 0)
		l->where.at = lost_spot(l->ino);
	return e;
}

static bool is_dir(const struct inode_head *h)
{
	return S_ISDIR((unsigned)h->type << 12);
}

/* read_link: of what has identity. */
static err_t read_link(struct nodes list, struct shared_inode *s)
{
	s->link.ino = s->head.ino;
	err_t e = read_place(list, &s->link);
	s->has_link = !e;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* read_identity: also the root's. ERR_NOTFOUND: nobody says what it is. */
static err_t read_identity(struct nodes list, uint64_t ino, struct shared_inode *s)
{
	bool odd = false;
	inode_identity_read(list, &s->head, &odd);
	s->head.ino = ino;
	if (ino == INO_ROOT) {
		s->head.type = S_IFDIR >> 12;
		s->head.birth = ID_ZERO;
	}
	return s->head.type ? ERR_OK : ERR_NOTFOUND;
}

static err_t read_attrs(struct nodes list, struct shared_inode *s)
{
	struct inode_head h;
	bool odd = false;
	err_t e = inode_head_read(list, s->head.ino, &h, &odd);
	if (e)
		return e;
	h.type = s->head.type;
	h.birth = s->head.birth;
	s->head = h;
	return ERR_OK;
}

static err_t read_version(struct nodes list, struct shared_inode *s)
{
	err_t e = is_dir(&s->head) ? ERR_NOTFOUND : read_first(list, s->head.ino, &s->version);
	s->has_version = !e;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* read_inode: what is in it: with attributes if `attrs`. */
static err_t read_inode(struct nodes list, uint64_t ino, bool attrs, struct shared_inode *s)
{
	err_t e = read_identity(list, ino, s);
	if (!e && attrs)
		e = read_attrs(list, s);
	if (!e && ino != INO_ROOT)
		e = read_link(list, s);
	return e || ino == INO_ROOT ? e : read_version(list, s);
}

static err_t get_inode(const struct view *v, uint64_t ino, bool attrs, struct shared_inode *ret)
{
	cleanup(loaded_free) struct loaded l = { 0 };
	struct shared_inode s = { 0 };
	err_t e = load(v, shared_key_ino(SHARED_INODE, ino), &l);
	if (!e)
		e = read_inode(group_all(&l.r), ino, attrs, &s);
	if (e)
		shared_inode_free(&s);
	else
		*ret = s;
	return e;
}

err_t shared_inode(const struct view *v, uint64_t ino, struct shared_inode *ret)
{
	return get_inode(v, ino, true, ret);
}

err_t shared_bare(const struct view *v, uint64_t ino, struct shared_inode *ret)
{
	return get_inode(v, ino, false, ret);
}

err_t shared_place(const struct view *v, uint64_t ino, struct shared_inode *ret)
{
	cleanup(loaded_free) struct loaded l = { 0 };
	struct shared_inode s = { 0 };
	err_t e = load_place(v, ino, &l);
	if (!e)
		e = read_identity(group_all(&l.r), ino, &s);
	if (!e && ino != INO_ROOT)
		e = read_link(group_all(&l.r), &s);
	if (!e)
		*ret = s;
	return e;
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
	return shared_key_parse(key, &n) ? ERR_OK : s->fn(s->ctx, n.ino);
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

err_t shared_link(const struct view *v, uint64_t ino, uint64_t lid, struct link_rec *ret)
{
	cleanup(loaded_free) struct loaded l = { 0 };
	struct link_rec link = { .ino = ino, .lid = lid };
	err_t e = lid == LID_FIRST ? load_place(v, ino, &l) : load(v, shared_key_number(SHARED_LINK, ino, lid), &l);
	if (!e)
		e = read_place(group_all(&l.r), &link);
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
		return ERR_OK;
	struct link_rec link = { .ino = n.ino, .lid = n.number };
	err_t e = record_decode(value, &r);
	if (!e)
		e = read_place(group_all(&r), &link);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
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

/* add_version: NULL: none. */
static err_t add_version(struct version_list *l, const struct group_node *key, uint64_t ino)
{
	struct version_rec ver;
	bool odd = false;
	err_t e = key ? version_read(key, ino, &ver, &odd) : ERR_NOTFOUND;
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	if (!vec_room(l->v, l->n, 1, &l->cap)) {
		version_rec_free(&ver);
		return ERR_NOMEM;
	}
	l->v[l->n++] = ver;
	return ERR_OK;
}

/* visit_version: the one that the key names. */
static err_t visit_version(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	if (shared_key_parse(key, &n))
		return ERR_OK;
	err_t e = record_decode(value, &r);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return add_version(ctx, version_find(group_all(&r), n.version), n.ino);
}

static int version_order(const void *a, const void *b)
{
	const struct version_rec *x = a, *y = b;
	int c = version_id_cmp(x->id, y->id);
	return c ? c : y->gone - x->gone;
}

/* each_once: of those of one id the gone one stays. Joining leaves but one; a checkpoint may say anything. */
static void each_once(struct version_list *l)
{
	size_t n = 0;
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), version_order);
	for (size_t i = 0; i < l->n; i++)
		if (n && version_id_cmp(l->v[n - 1].id, l->v[i].id) == 0)
			version_rec_free(&l->v[i]);
		else
			l->v[n++] = l->v[i];
	l->n = n;
}

/* add_first: of INODE; `dir`: it is one. */
static err_t add_first(const struct view *v, uint64_t ino, struct version_list *l, bool *dir)
{
	cleanup(loaded_free) struct loaded inode = { 0 };
	struct inode_head h = { 0 };
	bool odd = false;
	err_t e = load(v, shared_key_ino(SHARED_INODE, ino), &inode);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	inode_identity_read(group_all(&inode.r), &h, &odd);
	*dir = is_dir(&h);
	return *dir ? ERR_OK : add_version(l, version_list(group_all(&inode.r)).v, ino);
}

/* add_kinds: INODE, SIBLING, VERSION. */
static err_t add_kinds(const struct view *v, uint64_t ino, struct version_list *l)
{
	struct shared_key siblings = shared_key_ino(SHARED_SIBLING, ino), gone = shared_key_ino(SHARED_VERSION, ino);
	bool dir = false;
	err_t e = add_first(v, ino, l, &dir);
	if (e || dir)
		return e;
	e = v->scan(v->ctx, shared_key_span(&siblings), SPAN(NULL, 0), visit_version, l);
	return e ? e : v->scan(v->ctx, shared_key_span(&gone), SPAN(NULL, 0), visit_version, l);
}

err_t shared_versions(const struct view *v, uint64_t ino, struct version_list *ret)
{
	cleanup(version_list_free) struct version_list l = { 0 };
	err_t e = add_kinds(v, ino, &l);
	if (e)
		return e;
	each_once(&l);
	*ret = l;
	l = (struct version_list){ 0 };
	return ERR_OK;
}

/* -- extended attributes ----------------------------------------------------------------------------------------- */

static err_t visit_xattr(void *ctx, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	bool odd = false;
	if (shared_key_parse(key, &n))
		return ERR_OK;
	err_t e = record_decode(value, &r);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	return xattr_map_read(group_all(&r), n.ino, n.number, ctx, &odd);
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
