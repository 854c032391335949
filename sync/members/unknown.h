/* SPDX-License-Identifier: MIT
 * Streams that others know of and no statement here proves.
 */
#pragma once

#include <stdbool.h>

struct sync;
/* member_sweep_due: after all heads: some are unknown, and the next member_mailbox looks at every place. When none is,
 * the alarm of it ends. */
bool member_sweep_due(struct sync *s);
/* member_unproved: after that: names one that is still unknown. */
void member_unproved(struct sync *s);
