/* SPDX-License-Identifier: MIT
 * The changes of a commit or of a checkpoint chunk: key, then put value or delete, keys ascending, shared kinds only.
 */
#pragma once

#include "util/buf.h"

/* change_put, change_del: append one; mark `out` failed for what the format cannot hold. */
void change_put(struct buf *out, struct span key, struct span value);
void change_del(struct buf *out, struct span key);
/* change_next: false at the end or when malformed (then r->bad). value->p == NULL: a delete. Both point into r's bytes.
 */
bool change_next(struct rd *r, struct span *key, struct span *value);
/* changes_check: all of them: well-formed, keys strictly ascending, shared kinds. ERR_DAMAGED. */
MUST_CHECK err_t changes_check(struct span changes);
