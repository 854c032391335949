/* SPDX-License-Identifier: MIT
 * From the closed set to a commit in the queue. Nothing is sent here.
 */
#pragma once

#include "sync/deliver/started.h"

struct sync;
/* build_run: CLOSED to QUEUED (core/state_form.h), in one durable transaction. What fails has done nothing. `begins`:
 * the epoch that the commit begins, whose root goes into the same transaction, and which commit it is is filled in;
 * NULL: none. */
MUST_CHECK err_t build_run(struct sync *s, struct started *begins);
