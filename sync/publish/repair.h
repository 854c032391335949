/* SPDX-License-Identifier: MIT
 * Own commits that the store lost.
 */
#pragma once

#include "sync/core/ops.h"

#include <stdbool.h>

struct sync;
/* upload_repair: own commits that the store lost are PUT again. That it does not take one is named and in `own.repair`:
 * it hinders nothing else. What map and store fail with else. */
MUST_CHECK err_t upload_repair(struct sync *s);
/* repair_turn: a byte of each object of own commits that are kept here is asked for, as contents.h says of segments:
 * every ten minutes, some, the newest first; those that were not seen for a minute when `asked`. What is missing is PUT
 * again. As upload_repair. */
MUST_CHECK err_t repair_turn(struct sync *s, bool asked);
