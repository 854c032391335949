/* SPDX-License-Identifier: MIT
 * The queue to the store.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* upload_run: until nothing is left that may be sent, or something failed. ERR_BUSY: something is left, and the open
 * set is to be closed first (close_overdue): this may take hours, in which it would grow. */
MUST_CHECK err_t upload_run(struct sync *s);
