/* SPDX-License-Identifier: MIT
 * A whole vault in one process (fs, sync, the map on LMDB, a directory as store) in which everything that is written
 * can be counted. Nothing is committed, synced or published but when asked for.
 *
 * What cannot go on ends the program with the line it happened in: a bench has nobody to report to.
 */
#pragma once

#include "fs/fs.h"

#include <stdlib.h>

#define must(call)                                                                                                     \
	do {                                                                                                           \
		int must_e = (int)(call);                                                                              \
		if (must_e) {                                                                                          \
			fprintf(stderr, "%s:%d: %s: %d\n", __FILE__, __LINE__, #call, must_e);                         \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

/* Puts into LMDB since the opening; bytes are those of keys and of values as they are stored: sealed, padded. */
struct lmdb_tally {
	uint64_t puts, dels, bytes;
};
/* What one operation left, from the records it changed to the store. */
struct counts {
	uint64_t shared, local, other; /* different records, and keys of other tables, that changed */
	uint64_t puts, dels;           /* ops of the memtable; more than the keys when one is written twice */
	uint64_t wal;                  /* bytes of the WAL after an fsync: whole pages */
	struct lmdb_tally commit;      /* the memtable into LMDB */
	uint64_t commit_disk;          /* bytes that this wrote to data.mdb: whole pages */
	struct lmdb_tally publish;     /* what publishing wrote into LMDB beside: close, queue, state, confirmation */
	uint64_t commit_bytes, commit_parts; /* of the commit on the store */
	uint64_t other_bytes;                /* of all else that the store got: segments */
};

struct counted_vault;
/* counted_vault_new: in `dir`, which is there and empty. */
struct counted_vault *counted_vault_new(const char *dir);
void counted_vault_free(struct counted_vault *v);
struct fs *counted_vault_fs(const struct counted_vault *v);
/* counted_vault_flush: what is buffered goes into the map, the map into LMDB; what removals left is worked off. */
void counted_vault_flush(struct counted_vault *v);
/* counted_vault_publish: all of it onto the store. */
void counted_vault_publish(struct counted_vault *v);
/* counted_vault_count: what `run` leaves, which begins with nothing unpublished, and writes less than a memtable holds.
 * counted_vault_bulk: the same for what may be more; fields of the memtable and the WAL stay 0. */
typedef void (*counted_run)(void *ctx);
struct counts counted_vault_count(struct counted_vault *v, counted_run run, void *ctx);
struct counts counted_vault_bulk(struct counted_vault *v, counted_run run, void *ctx);
