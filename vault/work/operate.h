/* SPDX-License-Identifier: MIT
 * One operation: what vault/act says goes into the open changeset, in one batch with what else the caller puts.
 *
 *     struct work_op op;
 *     err_t e = work_begin(w, &op);
 *     if (!e)
 *             e = names_unlink(op.act, &spot, &refusal);   // vault/act: one or several
 *     if (!e && !refusal)
 *             e = work_apply(&op);
 *     work_end(&op);
 *
 * Under the caller's lock, write side, from begin to end. What is not applied has done nothing.
 */
#pragma once

#include "vault/act/unborn.h"
#include "vault/changeset/operation.h"

struct work;
struct work_op {
	struct work *w;     /* NULL: begun by nobody */
	struct operation o; /* o.draft: what it says */
	struct act *act;
	struct batch *batch; /* the caller adds its own */
	/* private */
	bool applied;
};
/* work_begin: `op` stays where it is until work_end, which is called also when this fails. ERR_NOMEM. */
MUST_CHECK err_t work_begin(struct work *w, struct work_op *op);
/* work_apply: once. Fails as operation_apply. */
MUST_CHECK err_t work_apply(struct work_op *op);
void work_end(struct work_op *op);
/* work_forget: alone in its operation, when everybody is stopped: what was made in the changeset and is gone
 * (unborn_forget). It costs what went since the last time; where something is to be forgotten, and at the first time
 * after work_open, all that the changeset says. */
MUST_CHECK err_t work_forget(struct work_op *op, const struct unborn_told *told);
/* work_close_handle: what was opened by contents_open and applied; not within an operation. */
void work_close_handle(struct work *w, struct act_handle *h);
