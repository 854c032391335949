/* SPDX-License-Identifier: MIT
 * Inside of struct wal, for the files of cache/.
 */
#pragma once

#include "cache/wal.h"

struct wal { /* of the leader of a sync round */
	int fd;
	size_t size;
	struct seal *seal;
	struct aead *aead; /* of this seal session */
	size_t pos;        /* where the next record goes; 0: nothing logged in this ring pass */
	uint64_t pass;     /* how often it began at the first page */
	uint64_t logged;   /* the last op that a record holds, durably */
	uint64_t sealed;   /* first op of the newest record sealed in this session, written or not; 0: none */
	bool torn;         /* a record was begun and not written whole */
	struct buf record; /* the one that is being written or read */
};
