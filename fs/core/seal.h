/* SPDX-License-Identifier: MIT
 * Bytes of a file become a sealed block, as the vault's format has it.
 */
#pragma once

#include "fs/core/config.h"

/* seal_block: appends the sealed form to `out`, and says its id and what is queued with it. ERR_INVAL: no block has so
 * many bytes; ERR_NOTFOUND: no epoch to seal under; ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t seal_block(const struct fs_config *c, const uint8_t file_key[32], struct span data, struct id *id,
                            struct pending_block *p, struct buf *out);
