/* SPDX-License-Identifier: MIT
 * The versions of one file, which three kinds of records hold: INODE the greatest live one, by (root, id); SIBLING the
 * other live ones; VERSION those that are gone. Where a version stands follows from all of them, so they are gathered
 * from both sides, joined, and put where they belong. A version that is gone on one side is gone.
 */
#pragma once

#include "vault/join/records.h"

/* fold_version: what `v` says of one version: a record with group 10 and nothing else. ERR_NOTFOUND: nothing;
 * ERR_DAMAGED, ERR_NOMEM; what `v` fails with. `ret` is replaced. */
MUST_CHECK err_t fold_version(const struct view *v, uint64_t ino, struct version_id id, struct buf *ret);
/* fold_join: INODE, SIBLING and VERSION of one file: what becomes of them when `delta` joins `state`, as puts and gone
 * keys in `out`; a record that stays as it is is not in there. ERR_DAMAGED: a record on either side is
 * none; ERR_NOMEM; what a view fails with. */
MUST_CHECK err_t fold_join(const struct view *state, const struct view *delta, uint64_t ino, struct records *out);
