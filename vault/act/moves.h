/* SPDX-License-Identifier: MIT
 * Moves: rename, with what it replaces, and exchange. RENAME_NOREPLACE is the caller's: it looks first.
 */
#pragma once

#include "vault/act/attrs.h"

/* moves_rename: REFUSED_NOENT, REFUSED_INVAL (below itself), REFUSED_ISDIR, REFUSED_NOTDIR, REFUSED_NOTEMPTY,
 * REFUSED_ACCESS, REFUSED_BUSY. Two links of one file: nothing is done, as POSIX says.
 * along: NULL: nothing is. */
MUST_CHECK err_t moves_rename(struct act *a, const struct spot *from, const struct spot *to,
                              const struct act_along *along, enum refusal *ret);
/* moves_exchange: REFUSED_NOENT, REFUSED_INVAL (the same, or one in the other), REFUSED_ACCESS, REFUSED_BUSY. */
MUST_CHECK err_t moves_exchange(struct act *a, const struct spot *one, const struct spot *other,
                                const struct act_along *along, enum refusal *ret);
