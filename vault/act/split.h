/* SPDX-License-Identifier: MIT
 * A sibling becomes a file of its own, the same one whoever does it: number, birth id and stamp of its place come from
 * (ino, root). Its versions stay in the records of the first file: what still comes replaces them there.
 */
#pragma once

#include "vault/act/act.h"

/* split_put: where `x`, a sibling, is shown. Nothing if its version is no live one any more. Handles on it go along. */
MUST_CHECK err_t split_put(struct act *a, const struct tree_entry *x);
