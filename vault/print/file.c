/* SPDX-License-Identifier: MIT */
#include "vault/print/file.h"

#include "util/cleanup.h"
#include "vault/join/attr.h"
#include "vault/join/inode_head.h"
#include "vault/join/place.h"
#include "vault/join/version.h"
#include "vault/join/xattr_map.h"
#include "vault/print/attr.h"
#include "vault/print/parts.h"

#include <sys/stat.h>

enum {
	KNOWN_INODE = 1 << GROUP_IDENTITY | 1 << GROUP_PLACE | 0x3f << GROUP_ATTR | 1 << GROUP_VERSIONS,
	KNOWN_LINK = 1 << GROUP_PLACE,
	KNOWN_VERSIONS = 1 << GROUP_VERSIONS,
	KNOWN_XATTR = 1 << 1
};
#define SEEN_SHOWN 8

/* -- place ------------------------------------------------------------------------------------------------------- */

static void seat(const struct fields *f, const struct seat *s)
{
	fields_open(f, "seat", FIELDS_OBJECT);
	print_stamp(f, "stamp", s->stamp);
	fields_number(f, "handed_on", s->handed_on);
	fields_close(f);
}

static void half(const struct fields *f, const struct half *h)
{
	fields_open(f, "half_of_exchange", FIELDS_OBJECT);
	fields_decimal(f, "with_ino", h->with.ino);
	fields_decimal(f, "with_link", h->with.lid);
	print_stamp(f, "with_life", h->with.life);
	print_spot(f, "before", &h->before);
	seat(f, &h->seat);
	fields_close(f);
}

static void where(const struct fields *f, const struct where *w)
{
	fields_open(f, "where", FIELDS_OBJECT);
	print_stamp(f, "stamp", w->stamp);
	print_spot(f, NULL, &w->at);
	seat(f, &w->seat);
	if (w->has_back)
		print_spot(f, "back", &w->back);
	if (w->has_half)
		half(f, &w->half);
	fields_close(f);
}

static void seen(const struct fields *f, const struct version_set *s)
{
	fields_number(f, "seen", s->n);
	if (!s->n)
		return;
	fields_open(f, "first_seen", FIELDS_LIST);
	for (size_t i = 0; i < MIN(s->n, (size_t)SEEN_SHOWN); i++)
		print_version_id(f, NULL, s->v[i]);
	fields_close(f);
}

static void removal(const struct fields *f, const struct removal *r)
{
	fields_open(f, "removed", FIELDS_OBJECT);
	print_stamp(f, "stamp", r->stamp);
	print_stamp(f, "written", r->written);
	seen(f, &r->seen);
	fields_close(f);
}

static void replaced(const struct fields *f, const struct link_rec *l)
{
	fields_open(f, "replaced", FIELDS_LIST);
	for (size_t i = 0; i < l->replaced_n; i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_decimal(f, "by_ino", l->replaced[i].by.ino);
		fields_decimal(f, "by_link", l->replaced[i].by.lid);
		print_stamp(f, "by_life", l->replaced[i].by.life);
		seen(f, &l->replaced[i].seen);
		fields_close(f);
	}
	fields_close(f);
}

static err_t place(const struct fields *f, struct nodes list, bool *odd)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	err_t e = place_read(list, &l, odd);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	fields_open(f, "place", FIELDS_OBJECT);
	print_stamp(f, "life", l.life);
	if (l.where.at.dir)
		where(f, &l.where);
	if (l.is_removed)
		removal(f, &l.removed);
	if (l.replaced_n)
		replaced(f, &l);
	fields_close(f);
	return ERR_OK;
}

/* -- versions ---------------------------------------------------------------------------------------------------- */

/* payload: where the contents are; of a symlink what it says. */
static void payload(const struct fields *f, const struct version_rec *v, unsigned type)
{
	static const char *const words[] = { [CONTENTS_NONE] = "none",
		                             [CONTENTS_INLINE] = "inline",
		                             [CONTENTS_BLOCK] = "block",
		                             [CONTENTS_ID] = "content" };
	fields_word(f, "contents", words[v->contents]);
	fields_number(f, "size", v->size);
	fields_time(f, "time", v->time, 0);
	if (v->contents == CONTENTS_INLINE && type == S_IFLNK >> 12)
		fields_text(f, "target", buf_span(&v->payload));
	if (v->contents != CONTENTS_BLOCK && v->contents != CONTENTS_ID)
		return;
	fields_hex(f, words[v->contents], v->payload.p, ID_LEN);
	fields_secret(f, "file_key");
}

static void version(const struct fields *f, const struct version_rec *v, unsigned type)
{
	print_version_id(f, "id", v->id);
	fields_flag(f, "gone", v->gone);
	if (v->mark)
		return;
	print_version_id(f, "root", v->root);
	fields_time(f, "root_time", v->root_time, 0);
	fields_decimal(f, "via_link", v->via);
	payload(f, v, type);
}

static err_t one_version(const struct fields *f, const struct group_node *key, unsigned type, bool *odd)
{
	cleanup(version_rec_free) struct version_rec v = { 0 };
	err_t e = version_read(key, 0, &v, odd);
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	fields_open(f, NULL, FIELDS_OBJECT);
	version(f, &v, type);
	fields_close(f);
	return ERR_OK;
}

/* versions: more than one only of what nobody's commit may say. */
static err_t versions(const struct fields *f, struct nodes list, unsigned type, bool *odd)
{
	struct nodes keys = version_list(list);
	err_t e = ERR_OK;
	*odd |= !keys.n && group_find(list, GROUP_VERSIONS);
	if (!keys.n)
		return ERR_OK;
	fields_open(f, "versions", FIELDS_LIST);
	for (const struct group_node *k = keys.v; !e && k < group_end(keys); k += k->size)
		e = one_version(f, k, type, odd);
	fields_close(f);
	return e;
}

/* -- records ----------------------------------------------------------------------------------------------------- */

static err_t inode(const struct fields *f, uint64_t ino, struct nodes list, bool *odd)
{
	cleanup(inode_head_free) struct inode_head h = { 0 };
	err_t e = inode_head_read(list, ino, &h, odd);
	if (e)
		return e;
	fields_decimal(f, "ino", ino);
	if (h.type) {
		print_type(f, "type", h.type);
		fields_hex(f, "birth", h.birth.b, sizeof(h.birth));
	}
	for (size_t i = 0; i < ATTR_GROUPS; i++)
		if (h.attr[i].there)
			print_attr(f, (enum attr_group)i, h.attr[i].stamp, buf_span(&h.attr[i].value));
	e = place(f, list, odd);
	if (!e)
		e = versions(f, list, h.type, odd);
	print_groups(f, list, KNOWN_INODE);
	return e;
}

static err_t xattrs(const struct fields *f, struct nodes list, bool *odd)
{
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	err_t e = xattr_map_read(list, 0, 0, &l, odd);
	if (e)
		return e;
	fields_open(f, "attributes", FIELDS_LIST);
	for (size_t i = 0; i < l.n; i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_text(f, "name", SPAN(l.v[i].name.b, l.v[i].name.len));
		print_stamp(f, "stamp", l.v[i].stamp);
		fields_flag(f, "removed", l.v[i].removed);
		fields_number(f, "bytes", l.v[i].value.len);
		fields_close(f);
	}
	fields_close(f);
	print_groups(f, list, KNOWN_XATTR);
	return ERR_OK;
}

static err_t record(const struct fields *f, const struct shared_name *n, struct nodes list, bool *odd)
{
	err_t e;
	switch (n->kind) {
	case SHARED_INODE:
		return inode(f, n->ino, list, odd);
	case SHARED_LINK:
		e = place(f, list, odd);
		print_groups(f, list, KNOWN_LINK);
		return e;
	case SHARED_SIBLING:
	case SHARED_VERSION:
		e = versions(f, list, 0, odd);
		print_groups(f, list, KNOWN_VERSIONS);
		return e;
	default:
		return xattrs(f, list, odd);
	}
}

err_t print_file(const struct fields *f, const struct shared_name *n, struct nodes list)
{
	bool odd = false;
	err_t e = record(f, n, list, &odd);
	print_odd(f, odd);
	return e;
}
