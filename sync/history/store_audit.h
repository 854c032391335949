/* SPDX-License-Identifier: MIT
 * Whether what this device stands on is still on the store.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* standing_check: own commits that the store lost are PUT again; for those of others a checkpoint becomes due. */
MUST_CHECK err_t standing_check(struct sync *s);
/* standing_note: the base moves up to `height`: what a final checkpoint covers is remembered, before it is forgotten by
 * what it could be seen: put into `o`; NULL: in memory, once that is committed. */
void standing_note(struct sync *s, uint64_t height, struct ops *o);
