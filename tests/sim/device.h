/* SPDX-License-Identifier: MIT
 * A whole device: file system, fetching, sync engine, over a disk in memory and the net. Opened and closed as the
 * daemon does it (cli/daemon/mounted_vault.c), but that no thread runs rounds: device_round begins one, on a fiber of
 * its own.
 *
 *   disk     the base under the map; what is on it survives the device
 *   dead     the power was cut: from this moment on nothing reaches the disk or the store, and what the device still
 *            does only unwinds; `after` is the disk as it was left
 */
#pragma once

#include "fs/fs.h"
#include "sync/sync.h"
#include "tests/sim/net.h"
#include "vault/keys/create.h"
#include "vault/work/work.h"

#define DEVICE_HANDLES 3

struct fiber;
struct look;         /* look.h */
struct device_card { /* who it is: a clone has the same */
	struct key seed, mix;
};
struct device_vault { /* what all of them know */
	struct create made;
	struct genesis genesis; /* points into it */
	struct roster_named named[GENESIS_SIGNERS_MAX];
	size_t named_n;
};
void device_vault_freep(struct device_vault **v);
struct device {
	struct device_card card;
	unsigned no;
	struct net *net;
	const struct device_vault *vault; /* not owned */
	struct keyring *keyring;
	struct signer_mine *mine;
	struct base *disk;  /* of the map, while open */
	struct base *after; /* while closed */
	struct map *map;
	struct fetch *fetch;
	struct work *work;
	struct tree_naming naming; /* of `work` */
	struct fs *fs;
	struct sync *sync;
	unsigned checkpoint_min;
	bool open, dead;
	struct fs_file *handle[DEVICE_HANDLES];
	struct look *look; /* what it showed last, when its map was `look_at`; NULL: nothing since it was opened */
	uint64_t look_at;
	struct fiber *engine, *user; /* under way, or ended and not yet looked at; NULL: none */
	err_t round;                 /* how the last round ended */
	bool round_out, round_told;  /* nothing waited for the store then; it is in the journal */
	uint64_t round_from;         /* operations that had ended when it began */
	uint64_t finished,
	        durable; /* the last journaled operation that ended; that was so when the last commit began */
	int crash_in;    /* steps of store or disk until the power is cut, -1: never */
	struct base *backup;
	uint64_t backup_durable;
};

/* device_make: a new vault and its first device. device_join: a further one, from the store alone. Both need the net to
 * deliver meanwhile: they are begun on a fiber by the caller. ERR_* of what they call. */
MUST_CHECK err_t device_make(struct device *d, struct device_vault **ret);
MUST_CHECK err_t device_join(struct device *d, const char *name);
/* device_unlock: its keys, by its card and what all know. */
MUST_CHECK err_t device_unlock(struct device *d);
/* device_open: over d->after. device_close: in order, all of it durable; d->after is the disk. Both on a fiber. */
MUST_CHECK err_t device_open(struct device *d);
void device_close(struct device *d);
void device_free(struct device *d);
/* device_step: a step of store or disk: true: the device is dead. Cuts the power when it is time. */
bool device_step(struct device *d);
void device_cut(struct device *d);
/* device_round: begins a round unless one is under way. */
void device_round(struct device *d);
/* device_dangling: blocks that are not this device's to upload, and that the store does not have: a reference came
 * before what it is to. */
unsigned device_dangling(const struct device *d);
/* device_image: the disk as it is now, a copy. */
struct base *device_image(const struct device *d);
