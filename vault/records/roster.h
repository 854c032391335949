/* SPDX-License-Identifier: MIT
 * Names of devices, and epoch roots.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/kinds.h"

#define DEVICE_NAME_MAX 64 /* bytes */

/* device_name_ok: well-formed UTF-8 (RFC 3629) without control characters, 1..DEVICE_NAME_MAX bytes. */
bool device_name_ok(struct span name);
/* REC_EPOCH: the epoch root (the map is sealed everywhere; a reader wipes its copy). epoch_encode: marks `out` failed
 * for what the format cannot hold; epoch_decode: ERR_DAMAGED, ERR_VERSION. */
void epoch_encode(const struct key *root, struct buf *out);
MUST_CHECK err_t epoch_decode(struct span value, struct key *ret);
