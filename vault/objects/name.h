/* SPDX-License-Identifier: MIT
 * Names of objects on the store: 32 hex digits that say nothing without the epoch's name key.
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/records/kinds.h"

#define OBJECT_NAME 33 /* 32 hex digits and NUL */

/* name_commit, name_head, name_join, name_by_hash: a PRF of the epoch's name key (HMAC). ERR_NOTFOUND: the epoch is not
 * known. name_id: the hex form of a random id (segments, checkpoint chunks and manifests). */
MUST_CHECK err_t name_commit(const struct keyring *k, uint32_t epoch, struct id stream, uint64_t n, uint32_t part,
                             char out[OBJECT_NAME]);
MUST_CHECK err_t name_head(const struct keyring *k, uint32_t epoch, struct id stream, char out[OBJECT_NAME]);
MUST_CHECK err_t name_join(const struct keyring *k, uint32_t epoch, uint64_t i, char out[OBJECT_NAME]);
MUST_CHECK err_t name_by_hash(const struct keyring *k, uint32_t epoch, struct hash hash, char out[OBJECT_NAME]);
void name_id(struct id id, char out[OBJECT_NAME]);
