/* SPDX-License-Identifier: MIT
 * Closing: what is open becomes what the next commit carries, and the other set is open.
 *
 * It is one batch between two operations: what comes later is later in the map's log too, under the other set and the
 * next n, so no crash parts them, and a close that finds no room has not happened.
 */
#pragma once

#include "vault/changeset/changeset.h"

struct closing {
	/* last: nothing more comes into the open set but by this. It may run operations, with batches of their own, and
	 * adds to `b` what changes with the close. What fails: nothing is closed, and that is what close says. */
	err_t (*last)(void *ctx, struct changeset *c, struct batch *b);
	void *ctx;
};
/* changeset_close: stops everybody by the map's freeze hook. with: NULL: nothing. ERR_NOTFOUND: nothing is said in the
 * open set; ERR_BUSY: the closed one is not empty; ERR_DAMAGED: contents in it are damaged (mend.h). Not under what the
 * hook takes. */
MUST_CHECK err_t changeset_close(struct changeset *c, const struct closing *with);
