/* SPDX-License-Identifier: MIT
 * Local records of the shown tree while operations put shared records into a draft: brought up to date when they are
 * looked at, and given to the caller at the end.
 *
 *     struct keep k;
 *     keep_begin(&k, &draft, &local, hash);   // before the draft says anything
 *     e = keep_touch(&k, ino, false);         // before something of ino is put
 *     e = draft_put_link(...);
 *     e = keep_update(&k);
 *     ...                                     // k.local is as the draft shows it
 *     keep_end(&k);
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/join/draft.h"
#include "vault/shown/context.h"

struct keep {
	const struct draft *draft;
	const struct namehash *hash;
	struct records_over before; /* shared records as they were when `over` was brought up to date */
	struct view before_view;
	struct records_over over; /* local records: what is to become of them, before what is there */
	struct view local;        /* of `over` */
	struct u64s touched;      /* since then */
	struct u64s fresh;        /* of these, the new ones */
	struct u64s gone;         /* what is shown nowhere any more (update.h), since keep_begin */
};
/* keep_begin: `k` stays where it is until keep_end. local: local records that are up to date with what the draft shows.
 */
MUST_CHECK err_t keep_begin(struct keep *k, const struct draft *draft, const struct view *local,
                            const struct namehash *hash);
/* keep_touch: something else than attributes of an inode is about to change. fresh: nothing of it is there. */
MUST_CHECK err_t keep_touch(struct keep *k, uint64_t ino, bool fresh);
MUST_CHECK err_t keep_update(struct keep *k);
void keep_end(struct keep *k);
