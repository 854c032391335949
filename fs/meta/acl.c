/* SPDX-License-Identifier: MIT
 * What Linux's posix_acl.c does for a local file system: create masks, chmod masks, equivalence with a mode.
 */
#include "fs/meta/acl.h"

#include "fs/meta/xattr_store.h"
#include "util/buf.h"
#include "util/cleanup.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define ACL_VERSION 2
#define ACL_ENTRIES_MAX 1024
enum { TAG_USER_OBJ = 1, TAG_USER = 2, TAG_GROUP_OBJ = 4, TAG_GROUP = 8, TAG_MASK = 16, TAG_OTHER = 32 };

struct ace {
	uint16_t tag, perm;
	uint32_t id;
};
struct acl {
	struct ace *e;
	size_t n;
	struct ace *user, *group, *mask, *other; /* the four that make the mode; mask may be NULL */
	bool named;
};

static void acl_free(struct acl *a)
{
	free(a->e);
}

/* slot_of: where the one entry of this tag is noted; NULL: a named user or group, or no tag. */
static struct ace **slot_of(struct acl *a, uint16_t tag)
{
	switch (tag) {
	case TAG_USER_OBJ:
		return &a->user;
	case TAG_GROUP_OBJ:
		return &a->group;
	case TAG_MASK:
		return &a->mask;
	case TAG_OTHER:
		return &a->other;
	default:
		return NULL;
	}
}

/* note: false: malformed. */
static bool note(struct acl *a, struct ace *e, const struct ace *last)
{
	struct ace **slot = slot_of(a, e->tag);
	if (e->perm & ~7 || (last && last->tag > e->tag))
		return false;
	if (slot) {
		bool first = !*slot;
		*slot = e;
		return first;
	}
	a->named = true;
	return e->tag == TAG_USER || e->tag == TAG_GROUP;
}

/* acl_parse: entries in the order of their tags, each needed one once; a mask when there are named ones. */
static int acl_parse(struct span value, struct acl *a)
{
	struct rd r = RD(value);
	if (rd_u32(&r) != ACL_VERSION || r.left % 8 || r.left / 8 > ACL_ENTRIES_MAX)
		return EINVAL;
	a->n = r.left / 8;
	a->e = calloc(a->n + 1, sizeof(*a->e));
	if (!a->e)
		return ENOMEM;
	for (size_t i = 0; i < a->n; i++) {
		struct ace *e = &a->e[i];
		e->tag = rd_u16(&r);
		e->perm = rd_u16(&r);
		e->id = rd_u32(&r);
		if (!note(a, e, i ? &a->e[i - 1] : NULL))
			return EINVAL;
	}
	return a->user && a->group && a->other && (a->mask || !a->named) ? 0 : EINVAL;
}

static int acl_store(struct change *t, struct inode *in, const struct acl *a)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_u32(&b, ACL_VERSION);
	for (size_t i = 0; i < a->n; i++) {
		buf_u16(&b, a->e[i].tag);
		buf_u16(&b, a->e[i].perm);
		buf_u32(&b, a->e[i].id);
	}
	return b.failed ? ENOMEM : acl_set_access(t, in, buf_span(&b), 0);
}

/* -- where the access ACL is kept -------------------------------------------------------------------------------- */

int acl_access(const struct inode *in, struct buf *out)
{
	if (!in->acl.len)
		return ENODATA;
	buf_clear(out);
	buf_put(out, in->acl.p, in->acl.len);
	return out->failed ? ENOMEM : 0;
}

int acl_set_access(struct change *t, struct inode *in, struct span value, int flags)
{
	if (in->acl.len && flags & XATTR_CREATE)
		return EEXIST;
	if (!in->acl.len && flags & XATTR_REPLACE)
		return ENODATA;
	buf_clear(&t->acl);
	buf_put(&t->acl, value.p, value.len);
	in->acl = buf_span(&t->acl);
	return t->acl.failed ? ENOMEM : 0;
}

int acl_clear_access(struct inode *in)
{
	bool had = in->acl.len;
	in->acl = SPAN(NULL, 0);
	return had ? 0 : ENODATA;
}

/* -- rules ------------------------------------------------------------------------------------------------------- */

int acl_check(struct span value)
{
	cleanup(acl_free) struct acl a = { 0 };
	return acl_parse(value, &a);
}

int acl_mode(struct span value, uint32_t *mode, bool *ret_minimal)
{
	cleanup(acl_free) struct acl a = { 0 };
	int err = acl_parse(value, &a);
	if (err)
		return err;
	const struct ace *group = a.mask ? a.mask : a.group;
	*mode = (*mode & ~0777u) | (uint32_t)a.user->perm << 6 | (uint32_t)group->perm << 3 | a.other->perm;
	*ret_minimal = !a.mask && !a.named;
	return 0;
}

int acl_chmod(struct change *t, struct inode *in)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	cleanup(acl_free) struct acl a = { 0 };
	int err = acl_access(in, &value);
	if (err)
		return err == ENODATA ? 0 : err;
	err = acl_parse(buf_span(&value), &a);
	if (err)
		return err;
	a.user->perm = (in->mode >> 6) & 7;
	(a.mask ? a.mask : a.group)->perm = (in->mode >> 3) & 7;
	a.other->perm = in->mode & 7;
	return acl_store(t, in, &a);
}

int acl_inherit(struct change *t, uint64_t dir, mode_t umask, struct inode *in, struct buf *ret_default)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	cleanup(acl_free) struct acl a = { 0 };
	if (S_ISLNK(in->mode))
		return 0;
	int err = xattr_get(t->fs, t, dir, ACL_DEFAULT, &value);
	if (err == ENODATA) {
		in->mode &= ~(umask & 0777u);
		return 0;
	}
	if (!err)
		err = acl_parse(buf_span(&value), &a);
	if (err)
		return err;
	struct ace *group = a.mask ? a.mask : a.group;
	a.user->perm &= (in->mode >> 6) & 7;
	group->perm &= (in->mode >> 3) & 7;
	a.other->perm &= in->mode & 7;
	in->mode = (in->mode & ~0777u) | (uint32_t)a.user->perm << 6 | (uint32_t)group->perm << 3 | a.other->perm;
	err = a.mask || a.named ? acl_store(t, in, &a) : 0;
	if (!err && S_ISDIR(in->mode)) {
		*ret_default = value;
		value = BUF_INIT;
	}
	return err;
}
