/* SPDX-License-Identifier: MIT
 * Digest of the shared records of a state: the map digest (docs/format.md, "Conventions"), kept up to date change by
 * change. What is shared: shared_key_is.
 */
#pragma once

#include "crypto/lthash.h"
#include "vault/join/records.h"

/* digest_state: of all that is there. digest_change: from that of `state` to that of the state with `changes`, which
 * join_apply gave. On failure `h` is as it was; ERR_NOMEM, ERR_CRYPTO, what the view fails with. */
MUST_CHECK err_t digest_state(struct lthash *h, const struct view *state);
MUST_CHECK err_t digest_change(struct lthash *h, const struct view *state, const struct records *changes);
