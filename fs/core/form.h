/* SPDX-License-Identifier: MIT
 * Of which form the contents of an inode are (docs/format.md, "Versions"): what a version says of them.
 */
#pragma once

#include "fs/core/inode.h"
#include "vault/act/contents.h"

/* form_read: size, form, block, content, key, bytes, tag and stamp of `in` are those of the version; inline_data points
 * into `raw`. ERR_NOMEM. */
MUST_CHECK err_t form_read(const struct version_rec *v, struct inode *in, struct buf *raw);
/* form_write: what `in` says, for vault/act; `payload` holds what it points to. Inline bytes are all `size` of them.
 * The tag of one block, whose bytes are not here, is in->version. ERR_INVAL: no version may be so; ERR_NOMEM,
 * ERR_CRYPTO. */
MUST_CHECK err_t form_write(const struct keyring *k, const struct inode *in, struct buf *payload,
                            struct act_contents *ret);
