/* SPDX-License-Identifier: MIT */
#include "fs/data/content.h"

#include "fs/core/fs_state.h"
#include "fs/core/nameless.h"
#include "vault/join/draft_drop.h"
#include "vault/join/vault_key.h"
#include "vault/windows/child.h"
#include "vault/windows/window.h"
#include "vault/windows/window_list.h"

#define DROP_AT_ONCE 16u /* windows: more than these are worked off in the background */

static struct vault_key content_key(struct id content)
{
	return vault_key_of(&(struct vault_name){ .kind = SHARED_CONTENT, .id = content });
}

static err_t draft_of(struct change *t, struct draft **ret)
{
	struct act *a;
	err_t e = change_act(t, &a);
	if (!e)
		*ret = &t->op.o.draft;
	return e;
}

/* put: into the operation. */
static err_t put(struct draft *d, const struct records *out)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < out->n; i++) {
		struct span key = records_key(out->v[i]);
		e = out->v[i]->gone ? draft_drop(d, key) : draft_replace(d, key, buf_span(&out->v[i]->value));
	}
	return e;
}

err_t content_own(struct change *t, struct id content, bool *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct vault_key k = content_key(content);
	struct said *open = work_changeset(t->fs->cfg.work)->open;
	*ret = t->begun && records_find(draft_records(&t->op.o.draft), vault_key_span(&k));
	if (*ret)
		return ERR_OK;
	err_t e = open->view.get(open->view.ctx, vault_key_span(&k), &value);
	*ret = !e;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* --- whose they are --- */
static err_t is_nameless(struct change *t, uint64_t ino, bool *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_UNLINKED, ino);
	uint64_t now;
	err_t e = change_local(t->fs, t, rkey_span(&k), &value);
	*ret = !e;
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	e = nameless_again(t->fs, t, ino, &now); /* what is written now is another file's */
	*ret = e == ERR_NOTFOUND;
	return *ret ? ERR_OK : e;
}

static struct id stored_id(const struct inode *in)
{
	return id_is_zero(in->block) ? in->content : in->block;
}

/* is_marked: nothing else has what it has: that was written when it had no name any more, or what named it is gone.
 * No record need say so: a stand-in has none, nor what stands beside the file whose version it shows, and both can lose
 * their number while the version lives on under another. */
static err_t is_marked(struct change *t, const struct inode *in, bool *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct rkey k = key_ino(REC_NAMELESS_CONTENT, in->ino);
	err_t e = change_local(t->fs, t, rkey_span(&k), &value);
	*ret = !e && value.len == ID_LEN && id_eq(id_from(value.p), stored_id(in));
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* own_form: written in the open changeset. */
static err_t own_form(struct change *t, const struct inode *in, bool *ret)
{
	const struct changeset *c = work_changeset(t->fs->cfg.work);
	if (!id_is_zero(in->content))
		return content_own(t, in->content, ret);
	*ret = !id_is_zero(in->block) && in->written.stream == c->stream && in->written.n == changeset_n(c);
	return ERR_OK;
}

err_t content_ours(struct change *t, const struct inode *in, bool *ret)
{
	bool nameless;
	err_t e = own_form(t, in, ret);
	if (e || !*ret)
		return e;
	e = is_nameless(t, in->ino, &nameless);
	return e || !nameless ? e : is_marked(t, in, ret);
}

static void mark(struct change *t, const struct inode *in)
{
	struct rkey k = key_ino(REC_NAMELESS_CONTENT, in->ino);
	struct id id = stored_id(in);
	change_local_put(t, rkey_span(&k), id_span(&id));
}

void content_alone(struct change *t, const struct inode *in)
{
	if (!id_is_zero(stored_id(in)))
		mark(t, in);
}

void content_store(struct file *f, struct change *t, const struct inode *before, const struct inode *after)
{
	bool nameless = false;
	t->handle = f->held ? &f->act : NULL;
	if (after->ino != f->ino)
		t->again.ino = after->ino;
	inode_store(t, before, after);
	if (t->again.created) /* they are what that has */
		return;
	err_t e = is_nameless(t, after->ino, &nameless);
	if (e)
		change_fail(t, e);
	if (nameless && !id_eq(stored_id(after), stored_id(before)))
		mark(t, after);
}

static err_t draw(struct change *t, struct id *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct id random;
	err_t e = crypto_random_id(&random);
	buf_u64(&b, work_changeset(t->fs->cfg.work)->stream);
	buf_put(&b, random.b, sizeof(uint64_t));
	if (!e)
		e = buf_ok(&b);
	if (!e)
		*ret = id_from(b.p);
	return e;
}

err_t content_new(struct change *t, const struct content_rec *of, struct id *ret)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	struct draft *d;
	struct id id;
	err_t e = draft_of(t, &d);
	if (!e)
		e = draw(t, &id);
	if (!e)
		e = child_make(draft_view(d), id, of, &out);
	if (!e)
		e = put(d, &out);
	if (!e)
		*ret = id;
	return e;
}

err_t content_extend(struct change *t, struct id content, const struct content_rec *of, uint64_t end, bool *ret)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	cleanup(window_list_free) struct window_list l = { 0 };
	struct window_range range = { (uint32_t)MIN(end / CONTENT_WINDOW, UINT32_MAX), UINT32_MAX, 1 };
	struct content_rec is;
	struct draft *d;
	err_t e = draft_of(t, &d);
	if (!e)
		e = chain_find(draft_view(d), content, &is);
	if (!e)
		e = window_list_own(draft_view(d), content, range, &l);
	*ret = !e && is.has_parent && id_eq(is.parent, of->parent) && is.inherited == end && !l.n;
	if (e || !*ret)
		return e;
	e = child_inherit(&out, content, of);
	return e ? e : put(d, &out);
}

/* --- windows --- */
/* count: uses of what a window of one content's own has. */
static err_t count(struct change *t, struct id content, uint32_t no, int32_t more)
{
	cleanup(window_extents_free) struct window_extents w = { 0 };
	err_t e = window_own(draft_view(&t->op.o.draft), content, no, &w);
	for (size_t i = 0; !e && i < w.n; i++)
		e = uses_add(&t->uses, w.v[i].block, more);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* recount: around a change of own windows. */
static err_t recount(struct change *t, struct id content, const struct window_list *l, int32_t more)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < l->n; i++)
		e = count(t, content, l->v[i], more);
	return e;
}

static err_t to_window(uint32_t no, const struct extent *list, size_t n, struct window_extents *w)
{
	w->v = calloc(n + 1, sizeof(*w->v));
	if (!w->v)
		return ERR_NOMEM;
	for (; w->n < n; w->n++) {
		const struct extent *p = &list[w->n];
		w->v[w->n] = (struct window_extent){ (uint32_t)(p->off - no * EXTENT_GROUP_SIZE), p->len, p->block,
			                             p->block_off };
	}
	return ERR_OK;
}

err_t content_window(struct change *t, const struct chain *c, uint32_t no, const struct extent *list, size_t n)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	cleanup(window_extents_free) struct window_extents w = { 0 };
	struct draft *d;
	err_t e = draft_of(t, &d);
	if (!e)
		e = to_window(no, list, n, &w);
	if (!e)
		e = window_write(&out, c, no, &w);
	if (!e)
		e = count(t, c->v[0].content, no, -1);
	if (!e)
		e = put(d, &out);
	return e ? e : count(t, c->v[0].content, no, 1);
}

err_t content_shorten(struct change *t, struct id content, uint64_t size)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	cleanup(window_list_free) struct window_list l = { 0 };
	struct window_range range = { (uint32_t)MIN(size / CONTENT_WINDOW, UINT32_MAX), UINT32_MAX, SIZE_MAX };
	struct draft *d;
	struct chain c;
	err_t e = draft_of(t, &d);
	if (!e)
		e = chain_load(draft_view(d), content, &c);
	if (!e)
		e = child_shorten(draft_view(d), &c, size, &out);
	if (!e)
		e = window_list_own(draft_view(d), content, range, &l);
	if (!e)
		e = recount(t, content, &l, -1);
	if (!e)
		e = put(d, &out);
	return e ? e : recount(t, content, &l, 1);
}

err_t content_block(struct change *t, struct id id, const struct pending_block *p, struct buf *sealed)
{
	struct batch *b;
	err_t e = change_batch(t, &b);
	return e ? e : uses_block(&t->uses, b, id, p, sealed);
}

/* --- going --- */
err_t content_drop(struct change *t, struct id content, size_t max, bool *more)
{
	cleanup(records_free) struct records out = RECORDS_INIT;
	cleanup(window_list_free) struct window_list l = { 0 };
	struct draft *d;
	err_t e = draft_of(t, &d);
	if (!e)
		e = window_list_own(draft_view(d), content, (struct window_range){ 0, UINT32_MAX, max }, &l);
	if (!e)
		e = recount(t, content, &l, -1);
	if (!e)
		e = child_drop(draft_view(d), content, max, &out, more);
	return e ? e : put(d, &out);
}

/* release_content: what is too much for now, more than `max` windows, is noted. */
static err_t release_content(struct change *t, struct id content, size_t max)
{
	cleanup(buf_free) struct buf mark = BUF_INIT;
	struct rkey k = key_id(REC_REAP, content);
	bool own = false, more = false;
	err_t e = content_own(t, content, &own);
	if (!e && own)
		e = content_drop(t, content, max, &more);
	if (e || !more)
		return e;
	mark_encode(&mark);
	e = buf_ok(&mark);
	if (!e)
		change_local_put(t, rkey_span(&k), buf_span(&mark));
	return e;
}

static err_t release(struct change *t, const struct inode *in, size_t max)
{
	bool ours;
	err_t e = content_ours(t, in, &ours);
	if (e || !ours)
		return e;
	return id_is_zero(in->block) ? release_content(t, in->content, max) : uses_add(&t->uses, in->block, -1);
}

err_t content_release(struct change *t, const struct inode *in)
{
	return release(t, in, DROP_AT_ONCE);
}

err_t content_forget(struct change *t, const struct inode *in)
{
	return release(t, in, SIZE_MAX);
}

err_t content_gone(struct change *t, const struct inode *in)
{
	struct rkey k = key_ino(REC_NAMELESS_CONTENT, in->ino);
	err_t e = content_release(t, in);
	if (!e)
		change_local_del(t, rkey_span(&k));
	return e;
}
