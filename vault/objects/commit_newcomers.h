/* SPDX-License-Identifier: MIT
 * Whom a commit's JOIN and SLOT statements let in, or genesis: what must stand beside them in the commit. Records come
 * in the order of their keys, so statements before slots and devices.
 */
#pragma once

#include "vault/join/group.h"
#include "vault/join/vault_key.h"
#include "vault/objects/commit_records.h"

/* newcomers_add: whom genesis names. newcomers_said: of a STATEMENT record. newcomers_record: of a SLOT or DEVICE
 * record. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t newcomers_add(struct commit_records *s, const struct signer_new *m);
MUST_CHECK err_t newcomers_said(struct commit_records *s, const struct vault_name *n, struct nodes list);
MUST_CHECK err_t newcomers_record(struct commit_records *s, const struct vault_name *n, struct nodes list);
/* newcomers_whole: whether all have what they need. */
bool newcomers_whole(const struct commit_records *s);
