/* SPDX-License-Identifier: MIT */
#include "cli/daemon/status_words.h"

#include "util/cleanup.h"
#include "util/clock.h"

#include <string.h>
#include <time.h>

static const struct {
	const char *name, *words;
} phases[] = {
	[SYNC_IDLE] = { "idle", "idle" },
	[SYNC_PULLING] = { "pulling", "looking for other devices' changes" },
	[SYNC_PUBLISHING] = { "publishing", "preparing changes" },
	[SYNC_UPLOADING] = { "uploading", "uploading" },
	[SYNC_CHECKPOINT] = { "checkpoint", "writing a checkpoint" },
	[SYNC_STUCK] = { "stuck", "stuck: something below does not go through; it is tried again" },
	[SYNC_OFFLINE] = { "offline", "offline: changes wait here" },
	[SYNC_STOPPED_DENIED] = { "denied", "waiting: the cloud refuses user or keys; it is tried again" },
	[SYNC_STOPPED_FULL] = { "full", "waiting: the cloud is full; it is tried again" },
	[SYNC_STOPPED_FORK] = { "fork", "stopped: the cloud shows a history that contradicts what it showed before" },
	[SYNC_STOPPED_REMOVED] = { "removed", "stopped: this device was removed from the vault" },
};

const char *status_phase_name(enum sync_phase p)
{
	return (unsigned)p < ARRAY_LEN(phases) ? phases[p].name : "unknown";
}

const char *status_phase_words(enum sync_phase p)
{
	return (unsigned)p < ARRAY_LEN(phases) ? phases[p].words : "unknown";
}

json_t *status_json_time(int64_t wall_ns)
{
	char text[40];
	struct tm tm;
	time_t t = (time_t)(wall_ns / NS_PER_S);
	if (!wall_ns || !gmtime_r(&t, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(text);
}
