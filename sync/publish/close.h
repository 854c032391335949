/* SPDX-License-Identifier: MIT
 * Closing the changeset.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* publish_cut: packs and cuts; publish_finish makes the commit. `bare`: without own records and announcements. */
MUST_CHECK err_t publish_cut(struct sync *s, bool bare);
