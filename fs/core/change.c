/* SPDX-License-Identifier: MIT */
#include "fs/core/change.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "util/invariant.h"

struct change *change_new(struct fs *fs)
{
	cleanup(change_freep) struct change *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->fs = fs;
	return steal_ptr(c);
}

void change_freep(struct change **c)
{
	if (!*c)
		return;
	if ((*c)->again.created && !(*c)->again.applied)
		(*c)->fs->on_again((*c)->fs, &(*c)->again);
	if ((*c)->begun)
		work_end(&(*c)->op);
	records_free(&(*c)->local);
	uses_free(&(*c)->uses);
	buf_free(&(*c)->acl);
	free(steal_ptr(*c));
}

void change_use(struct change *c, enum map_use use)
{
	c->use = use;
}

void change_fail(struct change *c, err_t e)
{
	if (!c->failed)
		c->failed = e;
}

err_t change_act(struct change *c, struct act **ret)
{
	if (!c->begun) {
		INVARIANT(!work_operating(c->fs->cfg.work));
		err_t e = work_begin(c->fs->cfg.work, &c->op);
		c->begun = true;
		if (e)
			change_fail(c, e);
	}
	if (!c->op.batch)
		return ERR_NOMEM; /* nor the second time */
	*ret = c->op.act;
	return ERR_OK;
}

err_t change_batch(struct change *c, struct batch **ret)
{
	struct act *a;
	err_t e = change_act(c, &a);
	if (!e)
		*ret = c->op.batch;
	return e;
}

err_t change_local(struct fs *fs, const struct change *c, struct span key, struct buf *out)
{
	const struct records_entry *x = c ? records_find(&c->local, key) : NULL;
	if (!x)
		return map_get(fs->cfg.map, MAP_RECORDS, key, out);
	if (x->gone)
		return ERR_NOTFOUND;
	buf_clear(out);
	buf_put(out, x->value.p, x->value.len);
	return buf_ok(out);
}

void change_local_put(struct change *c, struct span key, struct span value)
{
	err_t e = records_put(&c->local, key, value);
	if (e)
		change_fail(c, e);
}

void change_local_del(struct change *c, struct span key)
{
	err_t e = records_gone(&c->local, key);
	if (e)
		change_fail(c, e);
}

err_t change_local_into(const struct change *c, struct batch *b)
{
	for (size_t i = 0; i < c->local.n; i++) {
		const struct records_entry *x = c->local.v[i];
		if (x->gone)
			batch_del(b, MAP_RECORDS, records_key(x));
		else
			batch_put(b, MAP_RECORDS, records_key(x), buf_span(&x->value));
	}
	return c->failed;
}

err_t change_apply(struct change *c)
{
	struct batch *b;
	if (c->failed || (!c->begun && !c->local.n))
		return c->failed;
	err_t e = change_batch(c, &b);
	if (e)
		return e;
	e = uses_finish(&c->uses, c->fs->cfg.map, b);
	if (!e)
		e = change_local_into(c, b);
	if (e)
		return e;
	batch_use(b, c->use);
	e = work_apply(&c->op);
	if (!e && c->again.ino) {
		c->again.applied = true;
		c->fs->on_again(c->fs, &c->again);
	}
	return e;
}

struct change *change_begin(struct fs *fs)
{
	ns_wrlock(fs);
	return change_new(fs);
}

struct change *change_begin_removal(struct fs *fs)
{
	struct change *c = change_begin(fs);
	if (c)
		change_use(c, MAP_REMOVES);
	return c;
}

int change_end(struct fs *fs, struct change *c, int err)
{
	if (!err)
		err = c ? errno_of(change_apply(c)) : ENOMEM;
	change_freep(&c);
	ns_unlock(fs);
	if (!err)
		change_published(fs);
	return err;
}

void change_published(struct fs *fs)
{
	if (fs->cfg.wake_sync)
		fs->cfg.wake_sync(fs->cfg.ctx);
}
