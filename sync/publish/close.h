/* SPDX-License-Identifier: MIT
 * Closing the changeset.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* publish_close: packs, and closes the changeset; publish_finish makes the commit. `bare`: without own records and
 * announcements. */
MUST_CHECK err_t publish_close(struct sync *s, bool bare);
