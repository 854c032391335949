/* SPDX-License-Identifier: MIT */
#include "vault/work/operate.h"

#include "vault/act/contents.h"
#include "vault/work/index.h"
#include "vault/work/parted.h"
#include "vault/work/parts.h"

/* handles_save: operations move handles along; what is not applied did not. */
static err_t handles_save(struct work_op *op)
{
	size_t n = 0;
	for (const struct act_handle *h = op->act->handles; h; h = h->next)
		n++;
	op->handles = calloc(n + 1, sizeof(*op->handles));
	if (!op->handles)
		return ERR_NOMEM;
	for (const struct act_handle *h = op->act->handles; h; h = h->next)
		op->handles[op->handles_n++] = *h;
	return ERR_OK;
}

/* handles_restore: one that was opened within the operation is at the head of the list. */
static void handles_restore(struct work_op *op)
{
	struct act_handle *h = op->act->handles;
	size_t n = 0;
	for (const struct act_handle *now = h; now; now = now->next)
		n++;
	for (; n > op->handles_n; n--)
		h = h->next;
	op->act->handles = h;
	for (size_t i = 0; i < op->handles_n && h; i++) {
		struct act_handle *next = h->next;
		*h = op->handles[i];
		h = next;
	}
}

err_t work_begin(struct work *w, struct work_op *op)
{
	*op = (struct work_op){ .w = w, .act = &w->act };
	operation_begin(&op->o, w->changeset);
	w->act.open = &op->o.draft;
	w->act.stream = w->changeset->stream;
	w->act.n = changeset_n(w->changeset);
	w->act.lamport = w->changeset->lamport;
	w->operating = true;
	err_t e = handles_save(op);
	if (!e)
		op->batch = batch_new();
	return e || op->batch ? e : ERR_NOMEM;
}

err_t work_apply(struct work_op *op)
{
	cleanup(records_free) struct records local = RECORDS_INIT;
	changeset_saw(op->w->changeset, op->act->lamport);
	err_t e = act_local(op->act, &local);
	if (e)
		return e;
	index_put(op->batch, &local);
	e = operation_apply(&op->o, op->batch);
	op->applied = !e;
	return e;
}

void work_end(struct work_op *op)
{
	struct work *w = op->w;
	if (!op->applied && op->handles) /* else nothing was begun */
		handles_restore(op);
	act_changed(&w->act);
	free(op->handles);
	w->operating = false;
	w->act.open = NULL;
	operation_end(&op->o);
	batch_freep(&op->batch);
	op->w = NULL;
}

void work_close_handle(struct work *w, struct act_handle *h)
{
	contents_close(&w->act, h);
	parted_forget(w);
}

/* -- before a close ---------------------------------------------------------------------------------------------- */

static err_t key_visit(void *ctx, struct span key, struct span value)
{
	(void)value;
	return records_gone(ctx, key);
}

/* load_all: what is made and gone is told by all that the changeset says. */
static err_t load_all(struct work_op *op)
{
	cleanup(records_free) struct records keys = RECORDS_INIT;
	const struct view *said = &op->w->changeset->open->view;
	err_t e = said->scan(said->ctx, SPAN(NULL, 0), SPAN(NULL, 0), key_visit, &keys);
	for (size_t i = 0; !e && i < keys.n; i++)
		e = draft_load(&op->o.draft, records_key(keys.v[i]));
	return e;
}

err_t work_forget(struct work_op *op, const struct unborn_told *told)
{
	err_t e = load_all(op);
	return e ? e : unborn_forget(op->act, told);
}
