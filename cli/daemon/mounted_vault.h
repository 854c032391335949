/* SPDX-License-Identifier: MIT
 * The composition root: store, map, fetch, fs and sync of one unlocked vault, in the order in which they need each
 * other, and torn down in the other. Threads start here: after the daemon's fork.
 *
 * Close order: sync (nothing uploads any more, waiters are answered), pins and fetch (waiting reads and pins are
 * answered), dumps that wait for the store, control (requests end: one may still be using the session), session, fs
 * (flushes into the map), map (commits), store, keys.
 */
#pragma once

#include "cli/control/server.h"
#include "cli/daemon/leaving.h"
#include "cli/dump/dump_stop.h"
#include "cli/vaults/own.h"
#include "cli/vaults/vaults.h"
#include "fs/fs.h"
#include "sync/sync.h"
#include "vault/keys/header.h"
#include "vault/work/work.h"

struct session;
/* What opens a vault that is on this device. */
struct unlocked {
	struct header header; /* the copy */
	struct key *local;    /* the local secret, secret_alloc'ed */
};
/* unlocked_free: wipes. */
void unlocked_free(struct unlocked *u);
struct mounted_vault {
	struct vault_dir *dir; /* not owned; locked */
	struct conf conf;      /* lock, once control runs; the store's address never changes */
	struct header header;  /* `named` points into it */
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
	struct keyring *keyring; /* owned */
	struct own own;          /* this device */
	struct key *local;       /* the local secret, secret_alloc'ed: `rescue` is made anew of it */
	struct slot_keeper slots;
	struct store *store;
	struct map *map;
	struct work *work;         /* fs and sync work on it; */
	struct tree_naming naming; /* and devices are called so in it */
	struct fetch *fetch;
	struct confirmed *confirmed;
	struct fs *fs;
	struct sync *sync;
	struct control *control;
	_Atomic bool removed;    /* this device, from the vault: its folder is read-only */
	_Atomic bool protects;   /* likewise, since the vault is incomplete (mounted_vault_readonly.h) */
	struct session *session; /* owned; set by the daemon before control runs */
	struct leaving leaving;
	struct dump_stop dumps; /* under way */
	char mount_point[PATH_MAX];
	pthread_mutex_t lock;
	/* lock: for the rate of uploading */
	int64_t sampled_at;
	uint64_t sampled_sent, rate;
};
/* mounted_vault_open: takes conf and unlocked over, also on failure. */
MUST_CHECK err_t mounted_vault_open(struct vault_dir *dir, struct conf *conf, struct unlocked *unlocked,
                                    struct mounted_vault **ret, struct why *why);
/* mounted_vault_close: everything durable, keys wiped; writes last.json when control ran. ERR_IO when local work could
 * not be made durable. */
err_t mounted_vault_close(struct mounted_vault *v);
