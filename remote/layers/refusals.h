/* SPDX-License-Identifier: MIT
 * Which objects a store refuses, while it answers for others. One is forgotten when it is answered, when it was not
 * refused again for an hour, or when all turns out to be refused. Its owner locks.
 */
#pragma once

#include "remote/requests/store_op.h"

#define REFUSALS_MAX 8 /* the newest */

struct store_refusal {
	char name[STORE_NAME_MAX + 1];
	enum store_op_kind kind;
	char text[256]; /* in words, with the server's own */
	int64_t since;  /* wall ns: the first one */
	int64_t last;   /* mono ns: the newest */
};
struct refusals { /* zeroes: none */
	struct store_refusal list[REFUSALS_MAX];
	size_t n; /* the newest first */
};
/* refusals_add: once more, or for the first time. refusals_answered: it is refused no more. */
void refusals_add(struct refusals *r, const struct store_op *op, const char *text);
void refusals_answered(struct refusals *r, const struct store_op *op);
/* refusals_now: those that hold now; how many. */
size_t refusals_now(const struct refusals *r, struct store_refusal ret[REFUSALS_MAX]);
