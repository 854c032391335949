/* SPDX-License-Identifier: MIT
 * A submitted request as backends and layers keep it: a copy with its own name, waiting in a queue by urgency.
 * An op is answered exactly once; store_op_answer frees it.
 */
#pragma once

#include "remote/store.h"

enum store_op_kind { STORE_PUT, STORE_GET, STORE_DEL };
struct store_op {
	struct store_request r; /* r.name points at `name` */
	enum store_op_kind kind;
	struct store_op *next;
	uint64_t operation; /* the one it was submitted in (util/log.h): answered, and tried again, as part of it */
	char name[STORE_NAME_MAX + 1];
};
/* store_op_new: `size` bytes, of which the first are a struct store_op. NULL when there is no memory or the request
 * does not fit the interface; then it has been answered already. */
void *store_op_new(size_t size, enum store_op_kind kind, const struct store_request *r);
/* store_op_answer: frees `op`, then calls done. store_op_say: words for r.answer, if anyone wants them; returns `e`. */
void store_op_answer(struct store_op *op, err_t e, struct buf *body);
err_t store_op_say(struct store_op *op, err_t e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* store_op_submit: hands a request to the right call of `s`. */
void store_op_submit(struct store *s, enum store_op_kind kind, const struct store_request *r);
/* store_op_limit: the most bytes that a GET may return. */
uint64_t store_op_limit(const struct store_request *r);

struct store_op_queue { /* by urgency, oldest first; zeroes: empty; the owner's lock */
	struct store_op *head[STORE_BULK + 1], *tail[STORE_BULK + 1];
};
/* store_op_push: as the youngest of its urgency. store_op_empty: nothing of any urgency. */
void store_op_push(struct store_op_queue *q, struct store_op *op);
/* store_op_pop: the oldest of the most urgent, none less urgent than `least`; NULL: none. */
struct store_op *store_op_pop(struct store_op_queue *q, enum store_urgency least);
bool store_op_empty(const struct store_op_queue *q);
