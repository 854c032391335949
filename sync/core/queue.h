/* SPDX-License-Identifier: MIT
 * What waits for the store, in order: MAP_QUEUE's kinds S, T, O, K with an index of them in memory.
 */
#pragma once

#include "sync/core/state.h"
#include "vault/objects/name.h"

enum { QUEUE_SENT = 'T', QUEUE_RETAINED = 'K' }; /* besides enum queue_kind; docs/sync.md */
/* Low byte of a sequence number. A barrier is sent only when nothing with a lower sequence waits. */
enum queue_class { CLASS_SEGMENT = 1, CLASS_CHUNK = 2, CLASS_PART = 3, CLASS_MANIFEST = 16, CLASS_COMMIT = 17 };
static inline bool queue_barrier(uint64_t sequence)
{
	return (sequence & 0xff) >= CLASS_MANIFEST;
}

struct item {
	uint64_t sequence, size;
	uint8_t kind;
	bool flying, answered; /* under way; stored, but not yet confirmed in the map */
	bool refused;          /* by the store, in this upload */
	int64_t looked; /* memory only, of those retained: wall seconds when it was last seen on the store; 0: never */
	char name[OBJECT_NAME];
};
struct queue {
	struct item *items; /* in order of sequence */
	size_t n, cap;
};
struct queue_block { /* one block of a segment */
	struct id id;
	uint32_t sealed, stored; /* bytes of it, and the room it has */
};
#define SEGMENT_PLACES_MAX 65536
void queue_free(struct queue *q);
/* queue_load: the index from the map. */
MUST_CHECK err_t queue_load(struct queue *q, struct map *m);
/* queue_add: in order; false: out of memory. Room can be made first with queue_reserve, then it cannot fail. */
bool queue_reserve(struct queue *q, size_t more);
void queue_add(struct queue *q, const struct item *it);
struct item *queue_find(struct queue *q, uint64_t sequence);
void queue_remove(struct queue *q, uint64_t sequence);
/* queue_waiting: S and O entries; their number and bytes. */
void queue_waiting(const struct queue *q, uint64_t *objects, uint64_t *bytes);
/* queue_key: kind sequence(8) name or segment id. */
struct rkey queue_key(uint8_t kind, uint64_t sequence, const char *name);
/* A segment's value: size of the object, then its blocks. */
void segment_encode(uint64_t size, const struct queue_block *list, uint32_t n, struct buf *out);
/* segment_begin: size and number of blocks; segment_next: one by one. */
MUST_CHECK err_t segment_begin(struct rd *r, uint64_t *size, uint32_t *n);
bool segment_next(struct rd *r, struct queue_block *ret);
/* sequence_next: the next sequence number for an object of that class. */
uint64_t sequence_next(struct state *st, enum queue_class class);
