/* SPDX-License-Identifier: MIT
 * What publishing will come to, before anything is moved: the commit says it.
 */
#pragma once

#include "crypto/lthash.h"
#include "vault/changeset/changeset.h"

/* changeset_digest: from the digest of what is published now to that of what it is when the closed set has joined it.
 * Whoever publishes and delivers: nothing of that meanwhile. On failure `h` is as it was; ERR_NOMEM, ERR_CRYPTO, what
 * joins and the map fail with. */
MUST_CHECK err_t changeset_digest(const struct changeset *c, struct lthash *h);
