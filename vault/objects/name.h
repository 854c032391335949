/* SPDX-License-Identifier: MIT
 * Names of objects of format 2 on the store: 32 hex digits, the first 16 bytes of an HMAC under the epoch's KEY_NAMES
 * (epoch_keys.h). Segments, manifests and chunks have their ids.
 */
#pragma once

#include "crypto/crypto.h"

#define OBJECT_NAME 33 /* 32 hex digits and NUL */

/* name_*: ERR_NOMEM, ERR_CRYPTO. name_copy: of a commit part, by its object hash. */
MUST_CHECK err_t name_commit(const struct key *names, struct hash stream, uint64_t n, uint32_t part,
                             char out[OBJECT_NAME]);
MUST_CHECK err_t name_head(const struct key *names, struct hash stream, char out[OBJECT_NAME]);
MUST_CHECK err_t name_join(const struct key *names, uint64_t i, char out[OBJECT_NAME]);
MUST_CHECK err_t name_root(const struct key *names, struct id device, char out[OBJECT_NAME]);
MUST_CHECK err_t name_copy(const struct key *names, struct hash object, char out[OBJECT_NAME]);
MUST_CHECK err_t name_guide(const struct key *names, char out[OBJECT_NAME]);
/* name_id: of what has its id for a name. */
void name_id(struct id id, char out[OBJECT_NAME]);
