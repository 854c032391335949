/* SPDX-License-Identifier: MIT
 * Plaintext of what a joiner puts into the join mailbox: version(u8: 2), then a pack (pack.h) of STATEMENT and DEVICE
 * records. docs/format.md, "Join mailbox". Unsigned: the statements in it are.
 */
#pragma once

#include "vault/objects/pack.h"

enum mailbox_kinds { MAILBOX_JOIN, MAILBOX_STATEMENTS /* no DEVICE: what a guide has (guide.h) */ };
/* mailbox_read_records: as pack_read; ERR_DAMAGED also: a record of another kind, or that breaks a rule of its kind.
 */
MUST_CHECK err_t mailbox_read_records(struct span pack, enum mailbox_kinds kinds, view_visit fn, void *ctx);
/* mailbox_put: appends; ERR_INVAL: other records. mailbox_read: calls `fn` for each record; a NULL `fn` is not
 * called. What it was called for counts only if this answers ERR_OK. ERR_DAMAGED, ERR_VERSION, ERR_NOMEM, what `fn`
 * answers. */
MUST_CHECK err_t mailbox_put(struct buf *out, const struct pack *records);
MUST_CHECK err_t mailbox_read(struct span plain, view_visit fn, void *ctx);
