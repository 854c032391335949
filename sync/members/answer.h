/* SPDX-License-Identifier: MIT
 * The answer of a device to one that has removed it: its REVOKE of that one. Whoever knows the removal alone takes no
 * commit of this device any more, so nobody would meet the answer in one: it goes into the join mailbox as well, where
 * everybody looks. It is looked for, and PUT if it is not there, once in each opening, since a store can lose it.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

struct sync;
/* answer_keep: a store that does not take it (letter.h) hinders no round: it is tried in the next one. What the store
 * fails with else. */
MUST_CHECK err_t answer_keep(struct sync *s);
/* answer_against: whether statement i of the roster is a REVOKE of this device. */
bool answer_against(const struct sync *s, size_t i);
