/* SPDX-License-Identifier: MIT
 * One operation on what is shown: what it says is added to the open set, in one batch with what else it changes.
 *
 *     struct operation o;
 *     operation_begin(&o, c);
 *     struct stamp at = changeset_tick(c);
 *     e = draft_put_link(&o.draft, &link);            // and whatever else it says; draft_view shows it at once
 *     if (!e)
 *             e = operation_apply(&o, batch);
 *     operation_end(&o);
 *
 * Under the caller's lock from begin to end. What fails has done nothing.
 */
#pragma once

#include "vault/changeset/changeset.h"
#include "vault/changeset/joined_once.h"
#include "vault/join/draft.h"

struct operation {
	struct changeset *c;
	struct joined_once shown; /* nothing else changes it until the operation ends */
	struct draft draft;
	struct draft_loader loader;
};
/* operation_begin: `o` stays where it is until operation_end. */
void operation_begin(struct operation *o, struct changeset *c);
void operation_end(struct operation *o);
/* operation_apply: `b`: the caller's, with puts of its own or none. Errors: draft.h's, and map_apply's. */
MUST_CHECK err_t operation_apply(struct operation *o, struct batch *b);
