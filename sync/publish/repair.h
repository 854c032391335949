/* SPDX-License-Identifier: MIT
 * Own commits that the store lost.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* upload_repair: own commits that the store lost are PUT again. That it does not take one is named and in `own.repair`:
 * it hinders nothing else. What map and store fail with else. */
MUST_CHECK err_t upload_repair(struct sync *s);
