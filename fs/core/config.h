/* SPDX-License-Identifier: MIT
 * What a file system is opened with, and who asks for something.
 */
#pragma once

#include "cache/map.h"
#include "fs/core/inode_rec.h"
#include "sync/fetch/confirmed.h"
#include "sync/fetch/fetch.h"
#include "vault/records/record.h"
#include "vault/work/work.h"

#include <sys/types.h>

struct fs;
struct fs_config {
	struct map *map;
	struct work *work; /* over `map` */
	struct keyring *keyring;
	struct fetch *fetch;         /* NULL: non-resident blocks are EIO */
	struct confirmed *confirmed; /* NULL: what was uploaded once is taken to be on the store */
	uid_t uid;                   /* shown for OWNER_SELF */
	gid_t gid;
	uint64_t cache_limit;         /* bytes of blocks; 0: a share of the free disk */
	const char *state_dir;        /* for statfs; NULL: none */
	void (*wake_sync)(void *ctx); /* a shared record changed: the sync engine should look */
	void *ctx;
};
struct fs_caller { /* of one request */
	uid_t uid;
	gid_t gid;
	mode_t umask;
	pid_t pid;
	const gid_t *groups; /* supplementary groups; filled in for fs_setxattr and fs_setattr alone */
	size_t ngroups;
};
