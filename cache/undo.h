/* SPDX-License-Identifier: MIT
 * The undo journal (BASE_UNDO): undo entry, key -> the stored cell of that shared key as it was before its first change
 * in the entry; empty: it was absent.
 */
#pragma once

#include "cache/base.h"

#define UNDO_KEY_MAX (8 + MAP_KEY_MAX)
size_t undo_key(uint64_t entry, struct span key, uint8_t out[UNDO_KEY_MAX]);
/* undo_keep: keeps the stored cell of a shared key before its first change in the entry. */
MUST_CHECK err_t undo_keep(struct map_txn *x, struct span key);
/* undo_forget: deletes some undo records up to `entry`; more remain when *ret_more. */
MUST_CHECK err_t undo_forget(struct map_txn *x, uint64_t entry, bool *ret_more);
/* undo_present: is there an undo record of `entry`? */
MUST_CHECK err_t undo_present(struct base_txn *t, uint64_t entry, bool *ret);
