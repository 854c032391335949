/* SPDX-License-Identifier: MIT
 * All local records of the shown tree out of all shared ones, in parts: each part is an update, from the shared records
 * of some inodes to those of some more. So it takes memory for the directories alone: as they come from the root down,
 * what comes finds the directory that it is in.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/join/records.h"

struct rebuild {
	const struct view *shared;
	const struct view *local; /* no record of the shown tree is in there; then what was put */
	const struct namehash *hash;
	size_t part; /* inodes in a part */
	err_t (*put)(void *ctx, const struct records *changes);
	void *ctx;
};
/* rebuild_shown: ERR_DAMAGED: a record is none; ERR_NOMEM; what the views and `put` say. */
MUST_CHECK err_t rebuild_shown(const struct rebuild *r);
