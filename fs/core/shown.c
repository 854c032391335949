/* SPDX-License-Identifier: MIT
 * Attributes are those of the file's record, or of the file that a sibling stands beside; contents are the version's.
 */
#include "fs/core/shown.h"

#include "fs/core/form.h"
#include "fs/core/fs_state.h"
#include "vault/join/attr.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/join/version.h"
#include "vault/work/ask.h"

#include <sys/stat.h>

static struct timestamp time_of(struct attr_time t)
{
	return (struct timestamp){ t.sec, t.nsec };
}

/* attributes: what is not there is mode 0, the owner, no device, times zero. */
static void attributes(const struct inode_head *h, struct inode *in, struct span *acl)
{
	struct attr_mode mode = { 0 };
	struct attr_times times = { 0 };
	struct attr_time mtime = { 0 };
	in->birth = h->birth;
	in->uid = in->gid = OWNER_SELF;
	if (h->attr[ATTR_MODE].there)
		attr_get_mode(buf_span(&h->attr[ATTR_MODE].value), &mode);
	in->mode = (uint32_t)h->type << 12 | mode.permissions;
	*acl = mode.acl;
	if (h->attr[ATTR_UID].there)
		attr_get_u32(buf_span(&h->attr[ATTR_UID].value), &in->uid);
	if (h->attr[ATTR_GID].there)
		attr_get_u32(buf_span(&h->attr[ATTR_GID].value), &in->gid);
	if ((S_ISCHR(in->mode) || S_ISBLK(in->mode)) && h->attr[ATTR_RDEV].there)
		attr_get_rdev(buf_span(&h->attr[ATTR_RDEV].value), &in->rdev);
	if (h->attr[ATTR_MTIME].there)
		attr_get_time(buf_span(&h->attr[ATTR_MTIME].value), &mtime);
	if (h->attr[ATTR_TIMES].there)
		attr_get_times(buf_span(&h->attr[ATTR_TIMES].value), &times);
	in->mtime = time_of(mtime);
	in->atime = time_of(times.access);
	in->ctime = time_of(times.change);
	in->btime = time_of(times.birth);
}

/* keep_acl: behind the bytes in `raw`. */
static err_t keep_acl(struct span acl, struct inode *in, struct buf *raw)
{
	size_t n = in->inline_data.len;
	buf_put(raw, acl.p, acl.len);
	err_t e = buf_ok(raw);
	if (e)
		return e;
	in->inline_data = n ? SPAN(raw->p, n) : SPAN(NULL, 0);
	in->acl = acl.len ? SPAN(raw->p + n, acl.len) : SPAN(NULL, 0);
	return ERR_OK;
}

/* lost_found: what is derived has attributes of its own, and nobody writes to it. */
static void lost_found(struct inode *in)
{
	*in = (struct inode){ .ino = INO_LOST, .mode = S_IFDIR | 0500, .uid = OWNER_SELF, .gid = OWNER_SELF };
}

/* version_of: that the number shows; NULL: that the INODE has. */
static err_t version_of(const struct view *v, const struct work_number *n, struct shared_inode *s,
                        struct version_rec *ret)
{
	if (!n)
		return s->has_version ? version_rec_copy(&s->version, ret) : ERR_NOTFOUND;
	if (n->version_home == n->home && s->has_version && !version_id_cmp(s->version.id, n->version))
		return version_rec_copy(&s->version, ret);
	return shared_version(v, n->version_home, n->version, ret);
}

/* recorded: by the INODE `home`. */
static err_t recorded(const struct view *view, uint64_t home, const struct work_number *n, struct inode *in,
                      struct buf *raw)
{
	cleanup(shared_inode_free) struct shared_inode s = { 0 };
	cleanup(version_rec_free) struct version_rec v = { 0 };
	struct span acl = { NULL, 0 };
	err_t e = shared_inode(view, home, &s);
	if (e)
		return e;
	attributes(&s.head, in, &acl);
	buf_clear(raw);
	if (!S_ISDIR(in->mode))
		e = version_of(view, n, &s, &v);
	if (!e && !S_ISDIR(in->mode))
		e = form_read(&v, in, raw);
	return e ? e : keep_acl(acl, in, raw);
}

err_t shown_recorded(const struct view *v, uint64_t ino, bool *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct shared_key k = shared_key_ino(SHARED_INODE, ino);
	err_t e = v->get(v->ctx, shared_key_span(&k), &value);
	*ret = !e;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

struct reading {
	struct inode *ret;
	struct buf *raw;
};

static err_t read_shown(void *ctx, const struct view *shown, const struct work_number *n)
{
	const struct reading *r = ctx;
	struct inode in = { .ino = n->ino };
	err_t e = ERR_OK;
	if (n->home == INO_LOST)
		lost_found(&in);
	else
		e = recorded(shown, n->home, n, &in, r->raw);
	if (!e)
		*r->ret = in;
	return e;
}

err_t shown_inode(struct fs *fs, uint64_t ino, struct inode *ret, struct buf *raw)
{
	struct reading r = { ret, raw };
	return work_read(fs->cfg.work, ino, read_shown, &r);
}

err_t recorded_inode(struct fs *fs, uint64_t ino, struct inode *ret, struct buf *raw)
{
	struct inode in = { .ino = ino };
	err_t e = recorded(work_view(fs->cfg.work), ino, NULL, &in, raw);
	if (!e)
		*ret = in;
	return e;
}

err_t made_inode(const struct act *a, uint64_t ino, struct inode *ret, struct buf *raw)
{
	struct inode in = { .ino = ino };
	err_t e = recorded(act_shown(a), ino, NULL, &in, raw);
	if (!e)
		*ret = in;
	return e;
}
