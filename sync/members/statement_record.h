/* SPDX-License-Identifier: MIT
 * STATEMENT records (docs/format.md, "Kinds").
 */
#pragma once

#include "vault/join/group.h"
#include "vault/join/records.h"

/* statement_record_put: of a statement, by its hash. ERR_INVAL, ERR_NOMEM. statement_record_get: its bytes, out of `r`,
 * which `value` is decoded into. ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t statement_record_put(struct records *to, struct hash hash, struct span bytes);
MUST_CHECK err_t statement_record_get(struct span value, struct record *r, struct span *ret);
