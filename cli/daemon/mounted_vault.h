/* SPDX-License-Identifier: MIT
 * The composition root: store, map, fetch, fs and sync of one unlocked vault, in the order in which they need each
 * other, and torn down in the other. Threads start here: after the daemon's fork.
 *
 * Close order: sync (nothing uploads any more, waiters are answered), pins and fetch (waiting reads and pins are
 * answered), control (requests end: one may still be using the door), door, fs (flushes into the map), map (commits),
 * store, keys.
 */
#pragma once

#include "cli/control/server.h"
#include "cli/vaults/last.h"
#include "cli/vaults/local.h"
#include "fs/fs.h"
#include "sync/sync.h"

struct door;
struct engine {
	struct vault_dir *dir; /* not owned; locked */
	struct conf conf;      /* conf_lock, once control runs */
	struct keyring *ring;  /* owned */
	struct slot *slot;     /* owned; opens the roots of epochs that begin while we run */
	struct device device;
	struct store *store;
	struct map *map;
	struct fetch *fetch;
	struct fs *fs;
	struct sync *sync;
	struct control *control;
	struct door *door; /* owned; set by the daemon before control runs */
	char mount_point[PATH_MAX];
	struct last last; /* what is left, known once engine_close is through */
	pthread_mutex_t lock;
	/* lock: for rates */
	int64_t sampled_at;
	uint64_t sampled_sent, rate;
};
/* engine_open: takes ring, slot and conf over, also on failure. */
MUST_CHECK err_t engine_open(struct vault_dir *dir, struct conf *conf, struct keyring *ring, struct slot *slot,
                             struct engine **ret, struct why *why);
/* engine_serve: answers on the control socket from now on; sync runs. */
MUST_CHECK err_t engine_serve(struct engine *e, struct why *why);
/* engine_close: everything durable, keys wiped; writes last.json. ERR_IO when local work could not be made durable. */
err_t engine_close(struct engine *e);
/* engine_status: JSON, as `status --json` prints it. NULL: out of memory. */
json_t *engine_status(struct engine *e);
/* engine_handle: a control request. */
json_t *engine_handle(void *engine, const struct control_request *r, struct control_peer *peer);
/* engine_pin, engine_unpin, engine_space: the requests about one inode's tree. */
json_t *engine_pin(struct engine *e, uint64_t ino, struct control_peer *peer);
json_t *engine_unpin(struct engine *e, uint64_t ino);
json_t *engine_space(struct engine *e, uint64_t ino);
/* engine_pending: what a lock now would leave not uploaded. */
void engine_pending(struct engine *e, struct last *ret);
