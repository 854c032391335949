/* SPDX-License-Identifier: MIT
 * What was answered leaves the queue.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
struct upload;
struct job {               /* one object on its way to the store */
	struct upload *up; /* who started it */
	struct job *next;
	struct buf body;
	uint64_t sequence;
	err_t error;
};
void job_free(struct job *j);
/* upload_confirm: the jobs of the list, which are stored, leave the queue in one durable transaction, in order. The
 * list is empty afterwards; on failure they are sent again. */
MUST_CHECK err_t upload_confirm(struct sync *s, struct job **list);
