/* SPDX-License-Identifier: MIT
 * The files that have something to flush, and how much that is in all.
 */
#pragma once

#include "fs/core/config.h"

#include <pthread.h>

struct changed_file {                      /* a file's place in the list; lock of struct changed */
	struct changed_file *next, **link; /* link NULL: not in the list */
	uint64_t ino;
	int64_t since;  /* mono: when it became changed */
	uint64_t round; /* the last round that met it */
};
struct changed {
	pthread_mutex_t lock; /* a leaf */
	struct changed_file *first;
	uint64_t round;         /* namespace lock's write side */
	_Atomic uint64_t bytes; /* buffered, in all files */
	_Atomic int unflushed;  /* errno of a file that the last freeze could not flush; 0: none */
};

int changed_open(struct fs *fs);
void changed_close(struct fs *fs);
#define FILE_CLAIM                                                                                                     \
	8192u /* what a changed file takes in the map beside its ranges: its inode's record, and what that holds */
/* changed_add: the file has something to flush from now on, and room for its record is claimed; wakes a flusher that
 * rests. changed_remove: nothing. */
void changed_add(struct fs *fs, struct changed_file *c);
void changed_remove(struct fs *fs, struct changed_file *c);
bool changed_any(struct fs *fs);
/* changed_count: how many files; *ret_oldest: since when the first of them, mono, 0: none. */
size_t changed_count(struct fs *fs, int64_t *ret_oldest);
/* changed_older: inode numbers of the files changed since `before` or longer; free it. NULL: out of memory. */
uint64_t *changed_older(struct fs *fs, int64_t before, size_t *ret_n);
/* changed_round: begins a round over all files, which needs no memory. changed_next: the inode number of one that this
 * round has not met; 0: it has met all. */
void changed_round(struct fs *fs);
uint64_t changed_next(struct fs *fs);
