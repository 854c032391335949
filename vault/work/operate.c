/* SPDX-License-Identifier: MIT */
#include "vault/work/operate.h"

#include "vault/act/contents.h"
#include "vault/act/handles.h"
#include "vault/join/shared_key.h"
#include "vault/work/index.h"
#include "vault/work/kept.h"
#include "vault/work/parted.h"
#include "vault/work/parts.h"

err_t work_begin(struct work *w, struct work_op *op)
{
	*op = (struct work_op){ .w = w, .act = &w->act };
	operation_begin(&op->o, w->changeset);
	w->act.open = &op->o.draft;
	w->act.stream = w->changeset->stream;
	w->act.n = changeset_n(w->changeset);
	w->act.lamport = w->changeset->lamport;
	w->operating = true;
	handles_keep(op->act); /* of what is done */
	op->batch = batch_new();
	return op->batch ? ERR_OK : ERR_NOMEM;
}

/* note_gone: before it is applied: nothing is missed, and more does no harm. */
static void note_gone(struct work *w)
{
	const struct tree_inos gone = act_gone(&w->act);
	for (size_t i = 0; i < gone.n; i++)
		w->gone_all |= u64s_add(&w->gone, gone.v[i]) != ERR_OK;
}

err_t work_apply(struct work_op *op)
{
	cleanup(records_free) struct records local = RECORDS_INIT;
	changeset_saw(op->w->changeset, op->act->lamport);
	err_t e = act_local(op->act, &local);
	if (e)
		return e;
	index_put(&op->w->index, op->batch, &local);
	note_gone(op->w);
	ahead_note(op->w, op, &local);
	listings_changed(&op->w->listings, &local);
	e = operation_apply(&op->o, op->batch);
	op->applied = !e;
	return e;
}

void work_end(struct work_op *op)
{
	struct work *w = op->w;
	if (op->applied)
		handles_keep(op->act);
	else
		handles_restore(op->act);
	kept_drop(w);
	act_changed(&w->act);
	w->operating = false;
	w->act.open = NULL;
	operation_end(&op->o);
	batch_freep(&op->batch);
	op->w = NULL;
}

void work_close_handle(struct work *w, struct act_handle *h)
{
	contents_close(h);
	parted_forget(w);
}

/* -- before a close ---------------------------------------------------------------------------------------------- */

static err_t key_visit(void *ctx, struct span key, struct span value)
{
	(void)value;
	return records_gone(ctx, key);
}

/* load_all: what names what was made and is gone is told by all that the changeset says. */
static err_t load_all(struct work_op *op)
{
	cleanup(records_free) struct records keys = RECORDS_INIT;
	const struct view *said = &op->w->changeset->open->view;
	err_t e = said->scan(said->ctx, SPAN(NULL, 0), SPAN(NULL, 0), key_visit, &keys);
	for (size_t i = 0; !e && i < keys.n; i++)
		e = draft_load(&op->o.draft, records_key(keys.v[i]));
	return e;
}

static err_t ino_visit(void *ctx, struct span key, struct span value)
{
	struct shared_name n;
	(void)value;
	return shared_key_parse(key, &n) ? ERR_OK : u64s_add(ctx, n.ino);
}

/* suspect_all: of which the changeset says something. */
static err_t suspect_all(struct work *w)
{
	const struct view *said = &w->changeset->open->view;
	struct shared_key prefix = shared_key_kind(SHARED_INODE);
	err_t e = said->scan(said->ctx, shared_key_span(&prefix), SPAN(NULL, 0), ino_visit, &w->gone);
	w->gone_all = e != ERR_OK;
	return e;
}

/* look_through: of what went those of which the changeset says something and that were made in it. */
static err_t look_through(struct work_op *op, struct u64s *ret)
{
	struct work *w = op->w;
	size_t n = 0;
	u64s_sort(&w->gone);
	for (size_t i = 0; i < w->gone.n; i++) {
		struct shared_key key = shared_key_ino(SHARED_INODE, w->gone.v[i]);
		if (said_may(w->changeset->open, shared_key_span(&key)))
			w->gone.v[n++] = w->gone.v[i];
	}
	w->gone.n = n;
	return unborn_list(op->act, &w->gone, ret);
}

err_t work_forget(struct work_op *op, const struct unborn_told *told)
{
	cleanup(u64s_free) struct u64s gone = { 0 };
	err_t e = op->w->gone_all ? suspect_all(op->w) : ERR_OK;
	if (!e)
		e = look_through(op, &gone);
	if (e || !gone.n) /* there is nothing to load */
		return e;
	e = load_all(op);
	return e ? e : unborn_forget(op->act, &gone, told);
}
