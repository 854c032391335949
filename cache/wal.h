/* SPDX-License-Identifier: MIT
 * The write-ahead log: one preallocated file of sealed records, each on its own pages, appended with pwrite and
 * fdatasync. Ops are numbered through the map's whole life; a record holds consecutive ones, and the records of a ring
 * pass follow each other without a gap. A ring pass starts at the beginning of the file when everything logged is in
 * the base. Replay takes the run of valid records from the start that continue the base; a torn last record ends it
 * silently. Any valid record of newer ops that this run does not reach means that synced changes are lost, and that is
 * reported.
 */
#pragma once

#include "cache/memtable.h"
#include "cache/seal.h"

struct wal;
/* wal_open: makes the file (`size` bytes, zeroed, durable) when it is not there. */
MUST_CHECK err_t wal_open(const char *dir, size_t size, struct seal *seal, struct wal **ret, struct why *why);
void wal_freep(struct wal **l);
struct wal_fill {      /* how far this ring pass has come */
	uint64_t pass; /* since opening */
	uint64_t used, size;
};
/* wal_fill: for whoever may append now. */
struct wal_fill wal_fill(const struct wal *l);
/* wal_append: the ops numbered after max(base_seq, what was logged) up to `upto`, which are in the two memtables (NULL
 * is fine) in order; returns when they are durable. ERR_NOSPACE: they do not fit, nothing was written: commit instead.
 * ERR_IO is final. Nothing newer: ERR_OK at once. */
MUST_CHECK err_t wal_append(struct wal *l, struct memtable *older, struct memtable *newer, uint64_t base_seq,
                            uint64_t upto);
#define WAL_SIZE (32u << 20)
#define WAL_RECORD_MAX (4u << 20) /* more than this goes to the base at once instead of being written twice */
