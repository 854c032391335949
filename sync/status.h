/* SPDX-License-Identifier: MIT
 * What others are told about the engine.
 */
#pragma once

#include "sync/core/alarm.h"
#include "sync/core/config.h"

/* What a person who looks for a fault wants to know. */
#define SYNC_ALARMS_MAX 32
struct sync_debug {
	unsigned in_flight;        /* PUTs under way */
	int64_t round_age;         /* ns since the round that runs began; 0: none runs */
	bool waiters;              /* somebody waits for a round */
	uint64_t commits, streams; /* known, after the last round */
	int64_t queue_age;         /* ns since the upload queue was empty; 0: it is */
	unsigned alarms;
	char alarm[SYNC_ALARMS_MAX][256];
};
void sync_debug(struct sync *s, struct sync_debug *ret);
/* sync_alarms: those that are open, at most SYNC_ALARMS_MAX; how many. */
size_t sync_alarms(struct sync *s, struct alarm ret[SYNC_ALARMS_MAX]);
void sync_status(struct sync *s, struct sync_status *ret);
/* sync_mirror: what status shows after a round that ended with `e`. */
void sync_mirror(struct sync *s, err_t e);
