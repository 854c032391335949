/* SPDX-License-Identifier: MIT
 * Submitted requests: checked against the interface when they come, answered and freed in one place.
 */
#include "remote/requests/store_op.h"

#include "remote/requests/name.h"
#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT (32u << 20)

uint64_t store_op_limit(const struct store_request *r)
{
	return r->limit ? r->limit : DEFAULT_LIMIT;
}

static err_t fits(enum store_op_kind kind, const struct store_request *r)
{
	if (!r->name || !store_name_ok(r->name) || r->urgency > STORE_BULK || (!r->length && r->offset))
		return ERR_INVAL;
	if (kind == STORE_GET && (r->length > store_op_limit(r) || r->offset > INT64_MAX - r->length))
		return ERR_LIMIT;
	return ERR_OK;
}

void *store_op_new(size_t size, enum store_op_kind kind, const struct store_request *r)
{
	err_t e = fits(kind, r);
	struct store_op *op = e ? NULL : calloc(1, size);
	if (!op) {
		r->done(r->ctx, e ? e : ERR_NOMEM, NULL);
		return NULL;
	}
	op->r = *r;
	op->kind = kind;
	op->operation = log_operation_number();
	snprintf(op->name, sizeof(op->name), "%s", r->name);
	op->r.name = op->name;
	return op;
}

void store_op_answer(struct store_op *op, err_t e, struct buf *body)
{
	store_done done = op->r.done;
	void *ctx = op->r.ctx;
	log_operation_as(op->operation);
	free(op);
	done(ctx, e, e ? NULL : body);
}

err_t store_op_say(struct store_op *op, err_t e, const char *fmt, ...)
{
	if (!op->r.answer)
		return e;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(op->r.answer->text, sizeof(op->r.answer->text), fmt, ap);
	va_end(ap);
	return e;
}

void store_op_submit(struct store *s, enum store_op_kind kind, const struct store_request *r)
{
	void (*const calls[])(struct store *, const struct store_request *) = { s->ops->put, s->ops->get, s->ops->del };
	calls[kind](s, r);
}

void store_op_push(struct store_op_queue *q, struct store_op *op)
{
	enum store_urgency u = op->r.urgency;
	op->next = NULL;
	if (q->head[u])
		q->tail[u]->next = op;
	else
		q->head[u] = op;
	q->tail[u] = op;
}

struct store_op *store_op_pop(struct store_op_queue *q, enum store_urgency least)
{
	for (int u = 0; u <= (int)least; u++) {
		struct store_op *op = q->head[u];
		if (!op)
			continue;
		q->head[u] = op->next;
		op->next = NULL;
		return op;
	}
	return NULL;
}

bool store_op_empty(const struct store_op_queue *q)
{
	return !q->head[STORE_READER_WAITS] && !q->head[STORE_SOON] && !q->head[STORE_BULK];
}
