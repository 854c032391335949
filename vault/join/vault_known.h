/* SPDX-License-Identifier: MIT
 * What the records of history, contents, segments and members must be beside groups in order: the rules of history.h,
 * content.h, segment.h, epoch.h and signer.h, and which stand under which key. Groups:
 *
 *   PLACE, CONTENT, EXTENTS  1 VALUE, zero stamp
 *   SEGMENT    1 VALUE, zero stamp: facts; 2 VALUE: condemned; each there or not
 *   SUPER      2 VALUE: days of retention(u32, at least 7); 3 VALUE: days of grace(u32); each there or not
 *   GENESIS    1 MAP, zero stamps
 *   STATEMENT  1 VALUE, zero stamp
 *   SLOT       1 MAP, zero stamps: mix key(32); 2 MAP, zero stamps: wrap; each there or not
 *   DEVICE     1 MAP, zero stamps: mix key(32); 2 VALUE: name, 1..64 bytes of UTF-8 without control characters; as SLOT
 *   EPOCH      1 VALUE, zero stamp: start, not of number 1; 2 MAP, zero stamps: root(32); as SLOT
 */
#pragma once

#include "vault/join/group.h"
#include "vault/join/vault_key.h"

/* vault_known_check: ERR_DAMAGED, ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t vault_known_check(const struct vault_name *n, struct nodes list);
