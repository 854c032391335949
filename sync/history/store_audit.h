/* SPDX-License-Identifier: MIT
 * Whether what this device stands on is still on the store.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* store_audit_run: own commits that the store lost are PUT again; for those of others a checkpoint becomes due. */
MUST_CHECK err_t store_audit_run(struct sync *s);
/* store_audit_note: the base moves up to `height`: what a final checkpoint covers is remembered, before it is forgotten
 * by what it could be seen: put into `o`; NULL: in memory, once that is committed. */
void store_audit_note(struct sync *s, uint64_t height, struct ops *o);
