/* SPDX-License-Identifier: MIT
 * Who is a member: a pure function of genesis and a set of statements (docs/format.md, "Who counts";
 * tests/model/roster.py is the same as a program). What it is made of: parts.h.
 *
 * Costs some N log N for N statements, and N more for each that throws somebody out.
 */
#pragma once

#include "vault/members/parts.h"

/* roster_make: of `n` statements in any order, some perhaps twice, whose bytes must live as long as `ret`. ERR_INVAL:
 * genesis does not begin with a recovery slot and a device; ERR_NOMEM, what `check` answers. */
MUST_CHECK err_t roster_make(const struct roster_basis *b, const struct heard *said, size_t n, struct roster *ret);
void roster_free(struct roster *r);
/* roster_who: NULL: nobody of that id is named. */
const struct roster_signer *roster_who(const struct roster *r, struct id id);
/* roster_in_force: the recovery slot in force. */
const struct roster_signer *roster_in_force(const struct roster *r);
static inline bool roster_member(const struct roster_signer *x)
{
	return x->in && !x->pinned;
}
/* roster_counts: statement r->said[i]. */
bool roster_counts(const struct roster *r, size_t i);
