/* SPDX-License-Identifier: MIT
 * Names of objects on the store: 32 hex digits that say nothing without the epoch's name key.
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/records/kinds.h"

#define OBJECT_NAME 33 /* 32 hex digits and NUL */

/* name_join: a PRF of the epoch's name key (HMAC): place `i` of its join mailbox. ERR_NOTFOUND: the epoch is not known.
 * name_id: the hex form of a random id (segments, checkpoint chunks and manifests). */
MUST_CHECK err_t name_join(const struct keyring *k, uint32_t epoch, uint64_t i, char out[OBJECT_NAME]);
void name_id(struct id id, char out[OBJECT_NAME]);
