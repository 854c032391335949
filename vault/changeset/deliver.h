/* SPDX-License-Identifier: MIT
 * Another's commit is applied: its records join what is published, whole or not at all. The sets are not touched: what
 * they say joins what is published now. Durable whenever the map likes; what a crash loses is delivered again.
 */
#pragma once

#include "vault/changeset/changeset.h"
#include "vault/changeset/follow.h"

struct delivery {
	const struct records *records; /* of the commit */
	uint64_t lamport;              /* of the commit */
	const struct follow *follow;   /* beside everybody: digest, positions; NULL: nothing */
	const struct follow
	        *shown; /* while all is stopped: what is shown, which operations change too; NULL: nothing */
};
/* changeset_deliver: joins beside everybody, lets what is shown be made ahead (struct follow, prepare), then stops all
 * by the map's freeze hook for what is left of that and for the batch: what is published changes here and in publishing
 * alone. ERR_DAMAGED, ERR_VERSION, ERR_LIMIT: the records are none that a commit may hold: it is refused. Else what the
 * map and `follow` fail with. Not under what the hook takes. */
MUST_CHECK err_t changeset_deliver(struct changeset *c, const struct delivery *d);
