/* SPDX-License-Identifier: MIT
 * What a record of a commit must be beside groups in order: the rules of inode_head.h, place.h, version.h, xattr_map.h,
 * vault_known.h, and which of these stand under which key.
 *
 * A commit that breaks a rule is refused; a state is never damaged by what joined to it (docs/design.md, D45). So the
 * readers of these headers take any record: what breaks a rule is read as if it were not there, and `*odd` becomes
 * true. In a state that is as good as any other; here it is the refusal.
 */
#pragma once

#include "vault/join/group.h"

/* known_check: of a record under a key in a commit, which has only what is new. ERR_OK also for what has no key of
 * shared_key.h or vault_key.h, as long as it is a record. ERR_DAMAGED: also of a later version under a key of these;
 * ERR_VERSION: of a later version, under another; ERR_LIMIT: over RECORD_MAX; ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t known_check(struct span key, struct span value);
/* known_check_groups: the same of what is not encoded yet; whether the groups are in order is not looked at. */
MUST_CHECK err_t known_check_groups(struct span key, struct nodes list);
/* known_form: of a record in a checkpoint: whether its key is one of its kind, and the value a record, of a kind that
 * is not known perhaps of a later version; what it says is not looked at. ERR_DAMAGED, ERR_NOMEM. */
MUST_CHECK err_t known_form(struct span key, struct span value);
