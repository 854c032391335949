/* SPDX-License-Identifier: MIT
 * From the closed set to a commit in the queue. Nothing is sent here.
 */
#pragma once

#include "sync/core/config.h"

/* build_run: CLOSED to QUEUED (core/state_form.h), in one durable transaction. What fails has done nothing. */
MUST_CHECK err_t build_run(struct sync *s);
