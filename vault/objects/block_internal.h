/* SPDX-License-Identifier: MIT
 * A seam for test vectors: sealing under a chosen id. Everything else draws ids anew, which is what makes the fixed
 * nonces safe.
 */
#pragma once

#include "vault/objects/block.h"

MUST_CHECK err_t block_seal_with_id(const struct keyring *k, const uint8_t file_key[32], struct span data,
                                    const uint8_t id[ID_LEN], struct pending_block *p, struct buf *out);
