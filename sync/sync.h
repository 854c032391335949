/* SPDX-License-Identifier: MIT
 * The sync engine of one mounted vault: publishes local changes, pulls the others', makes checkpoints, keeps heads.
 * Pure in its parameters: store, map, clock and randomness are given, so a fleet runs in one process (tests/sim).
 * State table, upload order, and what each crash point leaves behind: docs/sync.md.
 */
#pragma once

#include "cache/map.h"
#include "remote/store.h"
#include "util/clock.h"
#include "vault/keys/keys.h"

struct sync;
struct sync_config {
	struct store *store;
	struct map *map;
	struct keyring *ring;
	const struct key *device_seed; /* signs commits and heads */
	const struct slot *slot; /* opens the roots of new epochs that are not sealed to this device; NULL: none */
	uint8_t device[ID_LEN], stream[ID_LEN];
	struct clock clock;
	unsigned quiesce_ms; /* publish after this long without a change (at most 5x under constant change); 0: 2000 */
	unsigned poll_ms;    /* pull interval when active (backs off to 60 s idle); 0: 5000 */
	unsigned checkpoint_min; /* bytes of commits before a checkpoint is considered; 0: 1 MiB */
	/* changed: one shared record that another device's commit changed (before/after, p == NULL: absent). Called
	 * while the file system is stopped by the map's freeze hook: it only updates memory and queues kernel
	 * notifications. Optional. */
	void (*changed)(void *ctx, struct span key, struct span before, struct span after);
	void *ctx;
};
/* sync_open: reads the sync state out of the map, no network. sync_start: its thread. sync_stop: returns when nothing
 * of it runs or uploads any more; what was not uploaded stays queued. sync_freep after stop. */
MUST_CHECK err_t sync_open(const struct sync_config *c, struct sync **ret, struct why *why);
MUST_CHECK err_t sync_start(struct sync *s);
void sync_stop(struct sync *s);
void sync_freep(struct sync **s);
/* sync_step: one round (pull, publish, upload, checkpoint, head) on the caller's thread, for tests without a thread. */
MUST_CHECK err_t sync_step(struct sync *s);
/* sync_wake: something changed locally, or the user asks: look now. */
void sync_wake(struct sync *s);
/* sync_wait: until everything applied to the map before the call is durable on the store, or `timeout_ms` (0: none).
 * ERR_TIMEOUT, ERR_STOREFULL, ERR_DENIED, ERR_RACE, ERR_NET (with the sentence of status). */
MUST_CHECK err_t sync_wait(struct sync *s, unsigned timeout_ms, struct why *why);

enum sync_phase {
	SYNC_IDLE,
	SYNC_PULLING,
	SYNC_PUBLISHING,
	SYNC_UPLOADING,
	SYNC_CHECKPOINT,
	SYNC_OFFLINE,
	SYNC_STOPPED_RACE,
	SYNC_STOPPED_DENIED,
	SYNC_STOPPED_FULL,
	SYNC_STOPPED_FORK
};
struct sync_status {
	enum sync_phase phase;
	uint64_t queued_objects, queued_bytes; /* segments, commits, checkpoint objects not yet confirmed */
	uint64_t unpublished;                  /* 1 when local changes are in no commit yet (see map_dirty) */
	uint64_t pending_blocks, pending_bytes;
	uint64_t sent_total;      /* bytes confirmed since start: for rate and time left */
	uint64_t commits, height; /* own newest n; chain height */
	uint64_t checkpoints;     /* announced by commits of this device since sync_open */
	int64_t last_commit_time; /* wall ns of the newest own commit confirmed on the store, 0: none */
	int64_t last_pull_time;
	err_t last_error;
	char last_text[256];
};
void sync_status(struct sync *s, struct sync_status *ret);
