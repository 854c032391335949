/* SPDX-License-Identifier: MIT
 * A submitted request as backends and layers keep it: a copy with its own name, waiting in a queue by urgency.
 * An op is answered exactly once; op_answer frees it.
 */
#pragma once

#include "remote/store.h"

enum op_kind { OP_PUT, OP_GET, OP_DEL };
struct op {
	struct store_request r; /* r.name points at `name` */
	enum op_kind kind;
	struct op *next;
	uint64_t operation; /* the one it was submitted in (util/log.h): answered, and tried again, as part of it */
	char name[STORE_NAME_MAX + 1];
};
/* op_new: `size` bytes, of which the first are a struct op. NULL when there is no memory or the request does not fit
 * the interface; then it has been answered already. */
void *op_new(size_t size, enum op_kind kind, const struct store_request *r);
/* op_answer: frees `op`, then calls done. op_say: words for r.answer, if anyone wants them; returns `e`. */
void op_answer(struct op *op, err_t e, struct buf *body);
err_t op_say(struct op *op, err_t e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* op_submit: hands a request to the right call of `s`. */
void op_submit(struct store *s, enum op_kind kind, const struct store_request *r);
/* op_limit: the most bytes that a GET may return. */
uint64_t op_limit(const struct store_request *r);

struct op_queue {
	struct op *head[STORE_BULK + 1], *tail[STORE_BULK + 1];
};
void op_push(struct op_queue *q, struct op *op);
/* op_pop: the oldest of the most urgent, none less urgent than `least`; NULL: none. */
struct op *op_pop(struct op_queue *q, enum store_urgency least);
bool op_empty(const struct op_queue *q);
