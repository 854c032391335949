/* SPDX-License-Identifier: MIT
 * Stored cells inside a transaction.
 */
#pragma once

#include "cache/types.h"

/* base_said: remembers what the base answered; returns it. */
err_t base_said(struct map_txn *x, err_t e);
MUST_CHECK err_t raw_get(struct map_txn *x, unsigned table, struct span key, struct span *ret);
MUST_CHECK err_t raw_put(struct map_txn *x, unsigned table, struct span key, size_t len, uint8_t **ret);
MUST_CHECK err_t raw_del(struct map_txn *x, unsigned table, struct span key);
/* raw_copy: the stored bytes of a value, copied to `out`. */
MUST_CHECK err_t raw_copy(struct map_txn *x, unsigned table, struct span key, struct buf *out);
