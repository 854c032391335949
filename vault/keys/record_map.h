/* SPDX-License-Identifier: MIT
 * Records of members as they stand: what a MAP in one of them has (docs/format.md, "Kinds"). Which of its keys counts,
 * genesis, a statement or a start says: anybody who writes can put others beside it.
 */
#pragma once

#include "vault/join/group.h"
#include "vault/join/vault_key.h"
#include "vault/join/view.h"

/* record_map_get: `value` has the bytes of *ret. Errors of the view and of record_decode. */
MUST_CHECK err_t record_map_get(const struct view *v, const struct vault_name *n, struct buf *value,
                                struct record *ret);
/* record_map_each: the keys of MAP `number`, until `fn` says that it was the one: ERR_OK; ERR_NOTFOUND: none was, and
 * `fn` says that, or ERR_DAMAGED, of one that was not. */
typedef err_t (*record_map_fn)(void *ctx, struct span bytes);
MUST_CHECK err_t record_map_each(const struct record *r, uint16_t number, record_map_fn fn, void *ctx);
/* record_map_add: MAP `number` with one key, of the zero stamp; its failure is the record's. */
void record_map_add(struct record *r, uint16_t number, struct span bytes);
