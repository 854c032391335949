/* SPDX-License-Identifier: MIT */
#include "vault/join/known.h"

#include "util/cleanup.h"
#include "vault/join/group_decode.h"
#include "vault/join/inode_head.h"
#include "vault/join/place.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_known.h"
#include "vault/join/version.h"
#include "vault/join/xattr_map.h"

#include <sys/stat.h>

/* Numbers of groups that a record may have, as bits; 12 and on are a later version's. */
enum { GROUPS_LATER = 0xf000, GROUPS_INODE = 0x5fe, GROUPS_PLACE = 0x4, GROUPS_VERSIONS = 0x400, GROUPS_XATTR = 0x2 };

/* nothing: also what is not there is fine in a commit. */
static err_t nothing(err_t e)
{
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* check_version: at most one; `live`: as it must be. */
static err_t check_version(struct nodes list, bool live, bool *odd)
{
	cleanup(version_rec_free) struct version_rec v = { 0 };
	const struct group_node *g = group_find(list, GROUP_VERSIONS);
	struct nodes keys = version_list(list);
	if (!g)
		return ERR_OK;
	*odd |= g->class != GROUP_VERSION || keys.v->size != keys.n || version_gone(keys.v) == live;
	return *odd ? ERR_OK : nothing(version_read(keys.v, 0, &v, odd));
}

static err_t check_place(struct nodes list, bool *odd)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	return nothing(place_read(list, &l, odd));
}

/* root_ok: it is a directory, was never born, and hangs nowhere. */
static bool root_ok(const struct inode_head *h, struct nodes list)
{
	bool same = h->type == 0 || (S_ISDIR((unsigned)h->type << 12) && id_eq(h->birth, ID_ZERO));
	return same && !group_find(list, GROUP_PLACE) && !group_find(list, GROUP_VERSIONS);
}

static err_t check_inode(const struct shared_name *n, struct nodes list, bool *odd)
{
	struct inode_head h = { 0 };
	inode_head_check(list, &h, odd);
	*odd |= !group_only(list, GROUPS_INODE | GROUPS_LATER) || (n->ino == INO_ROOT && !root_ok(&h, list));
	*odd |= S_ISDIR((unsigned)h.type << 12) && group_find(list, GROUP_VERSIONS);
	err_t e = check_place(list, odd);
	return e ? e : check_version(list, true, odd);
}

static err_t check_link(struct nodes list, bool *odd)
{
	*odd |= !group_only(list, GROUPS_PLACE | GROUPS_LATER);
	return check_place(list, odd);
}

/* check_one_version: that of the key, and nothing else. */
static err_t check_one_version(const struct shared_name *n, struct nodes list, bool *odd)
{
	const struct group_node *key = version_find(list, n->version);
	*odd |= !key || list.n != key->size + 1u;
	return *odd ? ERR_OK : check_version(list, n->kind == SHARED_SIBLING, odd);
}

static err_t check_xattr(struct nodes list, bool *odd)
{
	cleanup(xattr_list_free) struct xattr_list l = { 0 };
	*odd |= !group_only(list, GROUPS_XATTR | GROUPS_LATER);
	return xattr_map_read(list, 0, 0, &l, odd);
}

static err_t check(const struct shared_name *n, struct nodes list, bool *odd)
{
	switch (n->kind) {
	case SHARED_INODE:
		return check_inode(n, list, odd);
	case SHARED_LINK:
		return check_link(list, odd);
	case SHARED_SIBLING:
	case SHARED_VERSION:
		return check_one_version(n, list, odd);
	default:
		return check_xattr(list, odd);
	}
}

/* has_kind: lost+found has no record, and the root no link and no version. */
static bool has_kind(const struct shared_name *n)
{
	bool root = n->kind == SHARED_INODE || n->kind == SHARED_XATTR;
	return n->ino != INO_LOST && (n->ino != INO_ROOT || root);
}

static err_t check_vault(struct span key, struct nodes list)
{
	struct vault_name n;
	err_t e = vault_key_parse(key, &n);
	return e ? nothing(e) : vault_known_check(&n, list);
}

enum key_of { KEY_FILE /* in shared_key.h */, KEY_VAULT /* in vault_key.h */, KEY_UNKNOWN };

/* key_check: whether a key is one, also that of a record which nobody here can read. */
static err_t key_check(struct span key, struct shared_name *ret, enum key_of *of)
{
	struct vault_name v;
	err_t e = shared_key_parse(key, ret);
	*of = KEY_FILE;
	if (e != ERR_NOTFOUND)
		return e || has_kind(ret) ? e : ERR_DAMAGED;
	e = vault_key_parse(key, &v);
	*of = e == ERR_NOTFOUND ? KEY_UNKNOWN : KEY_VAULT;
	return nothing(e);
}

/* decode: a kind that is known here is of one version for ever (docs/design.md, D69). */
static err_t decode(enum key_of of, struct span value, struct record *ret)
{
	err_t e = record_decode(value, ret);
	return e == ERR_VERSION && of != KEY_UNKNOWN ? ERR_DAMAGED : e;
}

err_t known_check_groups(struct span key, struct nodes list)
{
	struct shared_name n;
	enum key_of of;
	bool odd = false;
	err_t e = key_check(key, &n, &of);
	if (e)
		return e;
	if (of != KEY_FILE)
		return check_vault(key, list);
	e = check(&n, list, &odd);
	return !e && odd ? ERR_DAMAGED : e;
}

err_t known_check(struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	enum key_of of;
	if (value.len > RECORD_MAX)
		return ERR_LIMIT;
	err_t e = key_check(key, &n, &of);
	if (!e)
		e = decode(of, value, &r);
	return e ? e : known_check_groups(key, group_all(&r));
}

err_t known_form(struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name n;
	enum key_of of;
	err_t e = key_check(key, &n, &of);
	if (!e)
		e = decode(of, value, &r);
	return e == ERR_VERSION ? ERR_OK : e;
}
