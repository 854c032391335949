/* SPDX-License-Identifier: MIT
 * What the records of files must be beside groups in order: the rules of inode_head.h, place.h, version.h, xattr_map.h,
 * and which of these stand under which key.
 */
#pragma once

#include "vault/join/types.h"

/* known_check: of a record under a key. Part: of a commit, which has only what is new; else of a state. ERR_OK also for
 * what has no key of shared_key.h, as long as it is a record. ERR_DAMAGED, ERR_VERSION, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK err_t known_check(struct span key, struct span value, bool part);
