/* SPDX-License-Identifier: MIT
 * What follows from a changed directory entry or extents record: reverse links, counts, references. For the files of
 * this folder.
 */
#pragma once

#include "vault/txn/txn_table.h"

/* derive_change: adds to the set what follows from record `key` turning from `before` into `after` (p NULL: absent). */
MUST_CHECK err_t derive_change(struct txn *t, struct span key, struct span before, struct span after);
/* derive_count, derive_ref: a counter as it will be. `n` may be NULL (no delta). */
MUST_CHECK err_t derive_count(struct txn *t, struct span key, const struct txn_change *n, struct count_rec *ret);
MUST_CHECK err_t derive_ref(struct txn *t, struct span key, const struct txn_change *n, uint32_t *ret);
