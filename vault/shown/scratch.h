/* SPDX-License-Identifier: MIT
 * All local records of the shown tree, from the tree.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/join/records.h"
#include "vault/tree/build.h"

/* scratch_shown: puts into `out`. */
MUST_CHECK err_t scratch_shown(const struct tree *t, const struct namehash *hash, struct records *out);
