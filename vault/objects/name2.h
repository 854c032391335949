/* SPDX-License-Identifier: MIT
 * Names of objects of format 2 on the store: 32 hex digits, the first 16 bytes of an HMAC under the epoch's KEY_NAMES
 * (epoch_keys.h). Segments, manifests and chunks have their ids.
 */
#pragma once

#include "crypto/crypto.h"

#define OBJECT_NAME 33 /* 32 hex digits and NUL */
#define OBJECT2_NAME OBJECT_NAME

/* name2_*: ERR_NOMEM, ERR_CRYPTO. name2_copy: of a commit part, by its object hash. */
MUST_CHECK err_t name2_commit(const struct key *names, struct hash stream, uint64_t n, uint32_t part,
                              char out[OBJECT2_NAME]);
MUST_CHECK err_t name2_head(const struct key *names, struct hash stream, char out[OBJECT2_NAME]);
MUST_CHECK err_t name2_join(const struct key *names, uint64_t i, char out[OBJECT2_NAME]);
MUST_CHECK err_t name2_root(const struct key *names, struct id device, char out[OBJECT2_NAME]);
MUST_CHECK err_t name2_copy(const struct key *names, struct hash object, char out[OBJECT2_NAME]);
MUST_CHECK err_t name2_guide(const struct key *names, char out[OBJECT2_NAME]);
/* name_id: of what has its id for a name. */
void name_id(struct id id, char out[OBJECT_NAME]);
