/* SPDX-License-Identifier: MIT
 * Our own letter: what begins the stream of this device, so that those who are there find it, and know whose it is.
 *
 *   WANTED --- in a place of the mailbox, read back, which "sync.said" says ---> PLACED --- another's commit stands on
 *   ours: who has that finds the rest ---> nobody looks after it any more
 */
#pragma once

#include "util/error.h"

struct sync;
/* letter_own_keep: it is in its place, until another's commit stands on one of ours. A store that does not take it
 * (letter.h) hinders no round: it is tried again after a minute. What map and store fail with else. */
MUST_CHECK err_t letter_own_keep(struct sync *s);
