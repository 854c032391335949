/* SPDX-License-Identifier: MIT
 * The thread that commits.
 */
#pragma once

#include "cache/types.h"

MUST_CHECK err_t committer_start(struct map *m);
/* committer_stop: returns when it has ended. What is applied is not committed by this. */
void committer_stop(struct map *m);
