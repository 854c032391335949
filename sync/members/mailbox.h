/* SPDX-License-Identifier: MIT
 * The join mailbox.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* member_mailbox: new places of the mailbox, and one that was read before; all of them while `swept` is not set. */
MUST_CHECK err_t member_mailbox(struct sync *s);
