/* SPDX-License-Identifier: MIT
 * Changesets: closing them, another device's commit as one of its own, forgetting what undoes them.
 */
#include "cache/changeset.h"

#include "cache/batch_struct.h"
#include "cache/freeze.h"
#include "cache/link.h"
#include "cache/map_commit.h"
#include "cache/map_struct.h"
#include "cache/undo.h"
#include "util/cleanup.h"

err_t map_changeset_close(struct map *m, map_txn_fn fn, void *ctx, uint64_t *ret_changeset)
{
	guard(&m->commit_lock);
	struct commit_work w = { fn, ctx, COMMIT_CLOSE };
	return commit_run(m, &w, ret_changeset);
}

err_t map_transact(struct map *m, map_txn_fn fn, void *ctx)
{
	guard(&m->commit_lock);
	struct commit_work w = { fn, ctx, 0 };
	return commit_run(m, &w, NULL);
}

err_t map_load(struct map *m, map_txn_fn fn, void *ctx)
{
	guard(&m->commit_lock);
	struct commit_work w = { fn, ctx, COMMIT_NO_UNDO };
	return commit_run(m, &w, NULL);
}

uint64_t map_changeset(struct map *m)
{
	guard(&m->lock);
	return m->published.changeset + (m->layers.immutable && m->layers.immutable_closes);
}

/* dirty: `lock` held. What is immutable to close a changeset belongs to that one, not to the open one. */
static bool dirty(const struct map *m)
{
	if (m->layers.immutable && m->layers.immutable_closes)
		return memtable_shared(m->layers.memtable) != 0;
	return m->published.dirty || memtable_shared(m->layers.memtable) ||
	       (m->layers.immutable && memtable_shared(m->layers.immutable));
}

bool map_dirty(struct map *m)
{
	guard(&m->lock);
	return dirty(m);
}

/* --- another device's commit --- */

/* place: between enter and leave: the batch becomes visible and immutable, if nothing shared has changed meanwhile. */
static err_t place(struct map *m, struct batch *b)
{
	guard(&m->apply_lock);
	pthread_mutex_lock(&m->lock);
	bool busy = dirty(m) || m->layers.immutable;
	pthread_mutex_unlock(&m->lock);
	struct memtable *fresh = busy ? NULL : memtable_new();
	if (!fresh)
		return busy ? ERR_BUSY : ERR_NOMEM;
	err_t e = map_link(m, b);
	if (e)
		memtable_unref(fresh);
	else
		freeze_swap(m, fresh, true);
	return e;
}

err_t map_apply_changeset(struct map *m, struct batch *b, void (*locked)(void *ctx), void *ctx, uint64_t *ret_changeset)
{
	if (b->failed)
		return b->failed;
	guard(&m->commit_lock);
	err_t e = commit_all(m);
	if (!e && map_dirty(m))
		e = ERR_BUSY; /* before anybody is stopped */
	if (e)
		return e;
	struct freezing f = freeze_enter(m);
	e = place(m, b);
	if (!e && locked)
		locked(ctx);
	freeze_leave(m, &f);
	return e ? e : commit_immutable(m, &commit_nothing, ret_changeset);
}

/* --- forgetting --- */

struct forget {
	uint64_t changeset;
	bool more;
};
static err_t forget_step(struct map_txn *x, uint64_t changeset, void *ctx)
{
	struct forget *f = ctx;
	return undo_forget(x, MIN(f->changeset, changeset - 1), &f->more); /* never the open one */
}

err_t map_forget(struct map *m, uint64_t changeset)
{
	struct forget f = { .changeset = changeset };
	err_t e;
	do
		e = map_transact(m, forget_step, &f);
	while (!e && f.more);
	return e;
}

uint64_t map_undo_bytes(struct map *m)
{
	guard(&m->lock);
	return m->published.undo_bytes;
}
