/* SPDX-License-Identifier: MIT */
#include "fs/core/say.h"

#include "fs/core/errno_of.h"
#include "fs/core/form.h"
#include "fs/core/fs_state.h"
#include "fs/core/nameless.h"
#include "fs/core/node_table.h"
#include "vault/act/names.h"
#include "vault/join/shared.h"
#include "vault/work/ask.h"
#include "vault/join/attr.h"
#include "vault/join/version.h"
#include "vault/keys/keyring.h"

#include <string.h>
#include <sys/stat.h>

/* -- attributes -------------------------------------------------------------------------------------------------- */

static struct attr_time time_of(struct timestamp t)
{
	return (struct attr_time){ t.sec, t.nsec };
}

static bool same_time(struct timestamp a, struct timestamp b)
{
	return a.sec == b.sec && a.nsec == b.nsec;
}

static bool same_group(enum attr_group g, const struct inode *a, const struct inode *b)
{
	switch (g) {
	case ATTR_MODE:
		return (a->mode & 07777) == (b->mode & 07777) && !span_cmp(a->acl, b->acl);
	case ATTR_UID:
		return a->uid == b->uid;
	case ATTR_GID:
		return a->gid == b->gid;
	case ATTR_RDEV:
		return a->rdev == b->rdev;
	case ATTR_MTIME:
		return same_time(a->mtime, b->mtime);
	default:
		return same_time(a->atime, b->atime) && same_time(a->ctime, b->ctime) && same_time(a->btime, b->btime);
	}
}

static void put_group(enum attr_group g, const struct inode *in, struct buf *out)
{
	switch (g) {
	case ATTR_MODE:
		attr_put_mode(out, &(struct attr_mode){ (uint16_t)(in->mode & 07777), in->acl });
		break;
	case ATTR_UID:
		attr_put_u32(out, in->uid);
		break;
	case ATTR_GID:
		attr_put_u32(out, in->gid);
		break;
	case ATTR_RDEV:
		attr_put_rdev(out, in->rdev);
		break;
	case ATTR_MTIME:
		attr_put_time(out, time_of(in->mtime));
		break;
	default:
		attr_put_times(out, &(struct attr_times){ time_of(in->atime), time_of(in->ctime), time_of(in->btime) });
		break;
	}
}

/* goes_without: what is not said of a new inode is the owner, and no device. */
static bool goes_without(enum attr_group g, const struct inode *in)
{
	return (g == ATTR_UID && in->uid == OWNER_SELF) || (g == ATTR_GID && in->gid == OWNER_SELF) ||
	       (g == ATTR_RDEV && !in->rdev);
}

err_t say_attrs(const struct inode *before, const struct inode *after, struct said_attrs *ret)
{
	size_t n = 0;
	err_t e = ERR_OK;
	for (enum attr_group g = 0; !e && g < ATTR_GROUPS; g++) {
		if (before ? same_group(g, before, after) : goes_without(g, after))
			continue;
		put_group(g, after, &ret->bytes[n]);
		ret->v[n] = (struct act_attr){ g, buf_span(&ret->bytes[n]) };
		e = buf_ok(&ret->bytes[n++]);
	}
	ret->attrs = (struct act_attrs){ ret->v, n };
	return e;
}

void said_attrs_free(struct said_attrs *s)
{
	for (size_t i = 0; i < ATTR_GROUPS; i++)
		buf_free(&s->bytes[i]);
}

/* -- contents ---------------------------------------------------------------------------------------------------- */

static bool same_contents(const struct inode *a, const struct inode *b)
{
	if (a->size != b->size || !id_eq(a->content, b->content) || !id_eq(a->block, b->block))
		return false;
	if (inode_has_contents(a) || !id_is_zero(a->block))
		return !memcmp(a->file_key, b->file_key, sizeof(a->file_key));
	return !span_cmp(a->inline_data, b->inline_data);
}

/* number_tag: of a device node the number is all that there is to tell. */
static err_t number_tag(struct fs *fs, uint64_t rdev, struct id *ret)
{
	cleanup(buf_free) struct buf number = BUF_INIT;
	buf_u64(&number, rdev);
	err_t e = buf_ok(&number);
	return e ? e : keyring_tag(fs->cfg.keyring, buf_span(&number), ret);
}

err_t say_contents(struct fs *fs, const struct inode *in, struct buf *payload, struct act_contents *ret)
{
	struct inode whole = *in;
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	if (in->form != CONTENTS_BLOCK)
		whole.form = inode_has_contents(in) ? CONTENTS_ID : CONTENTS_INLINE;
	if (!in->size)
		whole.form = CONTENTS_NONE;
	if (whole.form == CONTENTS_INLINE) { /* what is behind the bytes that are there is zeros */
		if (in->size > VERSION_INLINE_MAX)
			return ERR_LIMIT;
		buf_put(&bytes, in->inline_data.p, in->inline_data.len);
		for (size_t i = in->inline_data.len; i < in->size; i++)
			buf_u8(&bytes, 0);
		whole.inline_data = buf_span(&bytes);
	}
	err_t e = buf_ok(&bytes);
	if (!e)
		e = form_write(fs->cfg.keyring, &whole, payload, ret);
	if (!e && (S_ISCHR(in->mode) || S_ISBLK(in->mode)))
		e = number_tag(fs, in->rdev, &ret->tag);
	return e;
}

/* -- an inode ---------------------------------------------------------------------------------------------------- */

/* link_at: where a link is, or was when it was removed. */
static err_t link_at(struct act *a, uint64_t ino, uint64_t lid, struct spot *ret)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	err_t e = shared_link(act_shown(a), ino, lid, &l);
	if (!e)
		*ret = l.where.at;
	return e;
}

#define UP_MAX 4096u /* directories that were removed, one in the other: more are a circle */

/* nearest: the nearest directory that is left of where the link was, and the name that it had. */
static err_t nearest(struct fs *fs, struct act *a, const struct act_handle *h, struct spot *ret)
{
	err_t e = link_at(a, h->ino, h->lid, ret);
	if (e)
		return e;
	for (unsigned up = 0; ret->dir != INO_LOST && up < UP_MAX; up++) {
		struct work_number n = { 0 };
		e = work_number(fs->cfg.work, ret->dir, &n);
		if (e != ERR_NOTFOUND) {
			ret->dir = n.ino;
			return e;
		}
		struct spot above;
		e = link_at(a, ret->dir, LID_FIRST, &above);
		if (e)
			break;
		ret->dir = above.dir;
	}
	ret->dir = INO_ROOT;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* note_again: what the handle was opened as is that now. Not what it was meanwhile, which may be shown still and be
 * another's. */
static err_t note_again(struct change *t, uint64_t now)
{
	const uint64_t ino = t->handle->number;
	struct work_number n;
	uint64_t before = 0;
	err_t e = nameless_again(t->fs, t, ino, &before);
	if (!e || e == ERR_NOTFOUND)
		e = work_number(t->fs->cfg.work, now, &n);
	if (!e && node_ref_kernel(t->fs, now)) /* until the last user of the old one goes */
		e = ERR_NOMEM;
	if (e)
		return e;
	t->again = (struct made_again){ .ino = now, .before = before, .created = true, .at = n.at };
	nameless_again_put(t, ino, now);
	return ERR_OK;
}

/* say_again: others removed the file; what is written makes a new one. */
static err_t say_again(struct change *t, const struct inode *in, const struct act_contents *c, enum refusal *ret)
{
	cleanup(said_attrs_free) struct said_attrs s = { 0 };
	struct act *a;
	struct spot at;
	err_t e = say_attrs(NULL, in, &s);
	if (!e)
		e = change_act(t, &a);
	if (!e)
		e = nearest(t->fs, a, t->handle, &at);
	if (e)
		return e;
	const struct act_new n = { .type = (uint8_t)(in->mode >> 12), .contents = c, .attrs = s.attrs };
	e = names_create_again(a, t->handle, &at, &n, ret);
	return e || *ret ? e : note_again(t, t->handle->ino);
}

static err_t say_written(struct change *t, const struct inode *after, const struct act_contents *c,
                         const struct act_attrs *attrs, enum refusal *ret)
{
	struct act *a;
	err_t e = change_act(t, &a);
	if (e)
		return e;
	if (!t->handle)
		return contents_write_number(a, after->ino, c, attrs, ret);
	e = contents_write_handle(a, t->handle, c, attrs, ret);
	if (!e && *ret == REFUSED_NOENT)
		return say_again(t, after, c, ret);
	bool elsewhere = !e && !*ret && t->handle->parted && t->handle->shown != after->ino;
	return elsewhere ? note_again(t, t->handle->shown) : e;
}

static err_t say(struct change *t, const struct inode *before, const struct inode *after, enum refusal *ret)
{
	cleanup(said_attrs_free) struct said_attrs s = { 0 };
	cleanup(buf_free) struct buf payload = BUF_INIT;
	struct act_contents c;
	struct act *a;
	err_t e = say_attrs(before, after, &s);
	if (!e)
		e = change_act(t, &a);
	if (!e && !same_contents(before, after)) {
		e = say_contents(t->fs, after, &payload, &c);
		return e ? e : say_written(t, after, &c, &s.attrs, ret);
	}
	return e || !s.attrs.n ? e : attrs_set_number(a, after->ino, &s.attrs, ret);
}

err_t say_inode(struct change *t, const struct inode *before, const struct inode *after)
{
	enum refusal refusal = REFUSED_NOT;
	err_t e = say(t, before, after, &refusal);
	if (!e && (refusal == REFUSED_NOENT || refusal == REFUSED_BADHANDLE))
		nameless_put(t, after);
	else if (!e && refusal)
		e = ERR_DENIED;
	return e;
}
