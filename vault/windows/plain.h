/* SPDX-License-Identifier: MIT
 * Records of contents: group 1 under the zero stamp and nothing else that is known.
 */
#pragma once

#include "vault/join/records.h"
#include "vault/join/vault_key.h"

/* plain_get: the bytes of group 1; they are in `raw`. ERR_NOTFOUND: not there; ERR_DAMAGED: without that group;
 * ERR_VERSION, ERR_NOMEM; what the view fails with. */
MUST_CHECK err_t plain_get(const struct view *v, struct span key, struct buf *raw, struct span *ret);
/* plain_put: a record with these bytes in group 1, into `out`. */
MUST_CHECK err_t plain_put(struct records *out, struct span key, struct span bytes);
