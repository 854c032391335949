/* SPDX-License-Identifier: MIT
 * Records of format 2 that are of no file's names or versions, for people: history, contents, segments, members.
 */
#pragma once

#include "util/fields.h"
#include "vault/join/group.h"
#include "vault/join/vault_key.h"

/* print_vault_record: what the groups of a record say, as members of what is open. Mix keys and roots are "(secret)".
 * What breaks a rule is told group by group. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t print_vault_record(const struct fields *f, const struct vault_name *n, struct nodes list);
