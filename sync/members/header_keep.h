/* SPDX-License-Identifier: MIT
 * The header on the store is looked at as often as heads are, and put right (header_look.h): who joins, or has lost its
 * copy, has nothing else. One GET of some KiB.
 */
#pragma once

#include "sync/core/config.h"

/* header_here: of which vault it is; nothing is written. What the store fails with. header_again: it is not there, or
 * damaged: PUT. ERR_EXISTS: another vault's is there by now. Where sync_config.keeps_header is set. */
MUST_CHECK err_t header_here(struct sync *s, enum here_seen *ret);
/* header_other: of another vault: its genesis. ERR_BUSY: it is none by now. header_over: this vault's in its place
 * (HEADER_OVER). */
MUST_CHECK err_t header_other(struct sync *s, struct hash *ret);
MUST_CHECK err_t header_over(struct sync *s);
MUST_CHECK err_t header_again(struct sync *s);
/* header_follow: what this device keeps for the slot in force (sync_config.slots) is told, once, what has changed. What
 * the keeper fails with. */
MUST_CHECK err_t header_follow(struct sync *s);
/* header_keep: nothing where keeps_header is not set. What it lacks is added; where there is none of this vault, it is
 * no more known whose place it is (vault_here.h). A store that does not take it, and a header of a newer version, are
 * no failure; what else map and store fail with. */
MUST_CHECK err_t header_keep(struct sync *s);
