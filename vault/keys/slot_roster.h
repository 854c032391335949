/* SPDX-License-Identifier: MIT
 * Which slots a header proves, and which of them still count. docs/format1.md, "Slots".
 */
#pragma once

#include "vault/keys/slot_keys.h"

struct header;
struct slot_roster {
	struct slot_keys slot[SLOTS_MAX];
	size_t n;
};
/* roster_prove: verifies the statements in their order and fills h->proven and h->live. ERR_DAMAGED when one is not
 * signed by a human slot named before it, does not continue that slot's chain, or targets what is not there. */
MUST_CHECK err_t roster_prove(struct header *h, struct why *why);
/* roster_statement: the index of the statement with that hash, or -1. */
int roster_statement(const struct header *h, struct hash hash);
/* roster_find: points into `r`; NULL: not there. */
const struct slot_keys *roster_find(const struct slot_roster *r, struct id id);
