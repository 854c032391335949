/* SPDX-License-Identifier: MIT
 * The undo journal (BASE_UNDO): undo changeset, key -> the stored cell of that shared key as it was before its first
 * change in the changeset; empty: it was absent.
 */
#pragma once

#include "cache/base.h"

#define UNDO_KEY_MAX (8 + MAP_KEY_MAX)
size_t undo_key(uint64_t changeset, struct span key, uint8_t out[UNDO_KEY_MAX]);
/* undo_keep: keeps the stored cell of a shared key before its first change in the changeset. */
MUST_CHECK err_t undo_keep(struct map_txn *x, struct span key);
/* undo_has: there is a record of the key in the open changeset. */
bool undo_has(struct map_txn *x, struct span key);
/* undo_forget: deletes some undo records up to `changeset`; more remain when *ret_more. */
MUST_CHECK err_t undo_forget(struct map_txn *x, uint64_t changeset, bool *ret_more);
/* undo_present: is there an undo record of `changeset`? */
MUST_CHECK err_t undo_present(struct base_txn *t, uint64_t changeset, bool *ret);
