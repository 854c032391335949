/* SPDX-License-Identifier: MIT
 * A set of records in the map: what a changeset says, as its commit will carry it. Key in MAP_RECORDS: the set's local
 * kind, then the shared key; value: as in the commit.
 *
 * Which inodes a set says something of is known in memory, and of which of them more than INODE, so that nobody looks
 * into it for others. What is put into the set is noted first and forgotten only when all is out, so nothing in the set
 * is missed.
 */
#pragma once

#include "cache/map.h"
#include "vault/changeset/ino_set.h"
#include "vault/join/records.h"

#include <pthread.h>

#define SAID_A 0xb0 /* the two kinds: one is open, the other is closed or empty */
#define SAID_B 0xb1

/* How much a set says: what a commit has limits for. */
struct said_size {
	size_t inodes, keys;
	uint64_t bytes; /* of keys and values */
};
struct said_change { /* of keys and bytes, by a batch */
	int64_t keys, bytes;
};
struct said {
	struct map *map;
	uint8_t kind;
	bool damaged;     /* the engine's, once it is open: contents in it are, or were (mend.h) */
	struct view view; /* of shared keys; ERR_DAMAGED, and what map_get and map_scan fail with */
	pthread_mutex_t lock;
	struct ino_set inos;    /* lock; of which something is said, maybe more */
	struct ino_set spread;  /* lock; of these, of which more is said than INODE, maybe more */
	bool others;            /* lock; maybe something under keys of no inode */
	struct said_change in;  /* lock; what is in it */
	pthread_mutex_t moving; /* before the map's locks; said_stay */
};
/* said_open: reads which keys are there. ERR_DAMAGED: the value of one is, other than of CONTENT or EXTENTS. `s` stays
 * where it is until said_close, which forgets what is in memory. */
MUST_CHECK err_t said_open(struct said *s, struct map *map, uint8_t kind);
void said_close(struct said *s);

/* said_empty: nothing is in it. said_may: false: nothing is said of the inode of `key`, or under `key` itself if it is
 * of none. said_under: false: nothing is said under keys that begin so. Any thread. */
bool said_empty(struct said *s);
/* said_size: of how many inodes it says something, maybe fewer; how much is in it. */
struct said_size said_size(struct said *s);
bool said_may(struct said *s, struct span key);
bool said_under(struct said *s, struct span key);
/* said_stay: until said_stay_end nobody publishes what is in the set: held by who reads several published records that
 * belong together, and by who moves records. */
void said_stay(struct said *s);
void said_stay_end(struct said *s);
/* said_note: something is going to be said under `key`. said_none: the set is empty now. */
void said_note(struct said *s, struct span key);
void said_none(struct said *s);
/* said_changed: a batch of said_put and said_del was applied. said_change_of: what one key makes of it: `before` and
 * `after`: its value, p NULL: none. */
void said_changed(struct said *s, struct said_change c);
struct said_change said_change_of(struct span key, struct span before, struct span after);
void said_change_add(struct said_change *sum, struct said_change c);
/* said_put, said_del: into a batch. ERR_LIMIT: the key is too long. */
MUST_CHECK err_t said_put(const struct said *s, struct batch *b, struct span key, struct span value);
MUST_CHECK err_t said_del(const struct said *s, struct batch *b, struct span key);
/* said_put_txn: a key that is new, into a durable transaction, for whoever adds to a closed set what follows from its
 * close. It counts at once: if the transaction fails, the set is said to have more than it has. */
MUST_CHECK err_t said_put_txn(struct said *s, struct map_txn *x, struct span key, struct span value);

/* said_of: all that is said of the inode of `key`, or under `key` itself if it is of none; added to `out`, which is the
 * caller's to free, also on failure. said_versions: only where versions are (fold.h). Nothing: ERR_OK. */
MUST_CHECK err_t said_of(struct said *s, struct span key, struct records *out);
MUST_CHECK err_t said_versions(struct said *s, uint64_t ino, struct records *out);
