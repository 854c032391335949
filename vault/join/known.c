/* SPDX-License-Identifier: MIT */
#include "vault/join/known.h"

#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/inode_head.h"
#include "vault/join/place.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"
#include "vault/join/xattr_map.h"

#include <sys/stat.h>

/* check_version: at most one; `live`: as it must be. */
static err_t check_version(struct nodes list, bool live, bool part)
{
	cleanup(version_rec_free) struct version_rec v = { 0 };
	struct nodes keys;
	err_t e = version_list(list, &keys);
	if (e || keys.n == 0)
		return e;
	if (keys.v->size != keys.n || version_gone(keys.v) == live)
		return ERR_DAMAGED;
	return version_read(keys.v, 0, part, &v);
}

static err_t check_place(struct nodes list, bool part)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	return place_read(list, part, &l);
}

static err_t check_inode(const struct shared_name *n, struct nodes list, bool part)
{
	cleanup(inode_head_free) struct inode_head h = { 0 };
	err_t e = inode_head_read(list, n->ino, &h);
	if (e)
		return e;
	bool device = S_ISCHR((unsigned)h.type << 12) || S_ISBLK((unsigned)h.type << 12);
	bool whole = h.type && (!h.attr[ATTR_RDEV].there || device);
	bool odd = n->ino == INO_LOST || (S_ISDIR((unsigned)h.type << 12) && group_find(list, GROUP_VERSIONS));
	if (odd || (!part && !whole))
		return ERR_DAMAGED;
	e = check_place(list, part);
	if (n->ino == INO_ROOT)
		e = e == ERR_NOTFOUND ? ERR_OK : ERR_DAMAGED;
	else if (e == ERR_NOTFOUND)
		e = part ? ERR_OK : ERR_DAMAGED;
	return e ? e : check_version(list, true, part);
}

static err_t check_link(struct nodes list, bool part)
{
	err_t e = check_place(list, part);
	return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
}

static err_t check_one_version(const struct shared_name *n, struct nodes list, bool part)
{
	struct nodes keys;
	err_t e = version_list(list, &keys);
	if (e)
		return e;
	if (keys.n == 0 || list.n != keys.n + 1 || version_id_cmp(version_id_of(keys.v), n->version))
		return ERR_DAMAGED;
	return check_version(list, n->kind == SHARED_SIBLING, part);
}

static err_t check_xattr(struct nodes list)
{
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	return xattr_map_read(list, 0, 0, &l);
}

static err_t check(const struct shared_name *n, struct nodes list, bool part)
{
	switch (n->kind) {
	case SHARED_INODE:
		return check_inode(n, list, part);
	case SHARED_LINK:
		return check_link(list, part);
	case SHARED_SIBLING:
	case SHARED_VERSION:
		return check_one_version(n, list, part);
	default:
		return check_xattr(list);
	}
}

err_t known_check(struct span key, struct span value, bool part)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	err_t known = shared_key_parse(key, &n), e = record_decode(value, &r);
	if (e || known == ERR_NOTFOUND)
		return e;
	return known ? known : check(&n, group_all(&r), part);
}
