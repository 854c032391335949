/* SPDX-License-Identifier: MIT
 * Is it on the store? One answer, for `sync`, `lock`, `status`, `forget` and programs.
 *
 * Terms
 *   question   a moment; asked from now on, or by who waits for a round
 *   applied    acknowledged to a program before the question: in a record of the map, or in a buffer above it
 *   saved      a new device that has the recovery key and this store, and nothing else, gets all that was applied
 *              before the question: names, attributes, and every block of contents; but for what a person gave up on
 *              this device (lost.h)
 *   lack       a reason why it would not; a lack that nobody here knows of is none (below)
 *
 * Where what is applied is, on its way, and what says so:
 *
 *   buffer ---> open set ---> closed set ---> queue ---------> store -------------------------> store, and found there
 *   BUFFERED    OPEN          OPEN            QUEUED           PLACE, COMMIT, CHECKPOINT,
 *                                                              STATEMENT, SEGMENT: the store lost it
 *
 * Invariants
 *   1. Yes is said only where there is no lack. Nothing else in the program decides it, nor derives it from numbers.
 *   2. A lack is on before what it stands for leaves the place before: between the two is no moment of a false yes.
 *   3. What cannot be read counts as lacking.
 *   4. A lack that was found ends only when the store was seen to have it again, or it is given to newcomers in
 *      another way (a checkpoint for a commit), or nothing that is applied here needs it any more.
 *   5. Who waits for a round is answered behind it, about what was applied before it began: what is written
 *      meanwhile is another question's.
 *   6. What a store lost since it was last looked at is known to nobody: a yes is as old as that look. Each round that
 *      somebody waits for looks first (publish/audit.h).
 *   7. What a round found is known at each later opening, before anything is looked at there (saved_kept.h): neither a
 *      lock nor a power cut ends a lack.
 *
 * Locks: what a round knows is mirrored at its end (`lock`); the sets are read from the map.
 */
#pragma once

#include "sync/core/config.h"

#include <stdbool.h>

enum saved_lack {
	SAVED_BUFFERED = 1,    /* written, and in no record yet */
	SAVED_OPEN = 2,        /* said here, in no commit */
	SAVED_QUEUED = 4,      /* sealed, and not confirmed by the store */
	SAVED_PLACE = 8,       /* the store's place is not this vault's, or has no header */
	SAVED_COMMIT = 16,     /* the store lost an own commit and does not take it again */
	SAVED_CHECKPOINT = 32, /* newcomers need a checkpoint that is not there, or that no head names */
	SAVED_STATEMENT = 64,  /* of what proves a device something is to be given back */
	SAVED_SEGMENT = 128,   /* the store lost contents, or took damaged ones, and nobody stored them again; or it
	                          lost something else, and contents are being looked for */
	SAVED_STOPPED = 256    /* publishing has ended for good */
};
#define SAVED_LACKS 9
/* Those of the store, not of what is on its way there. */
#define SAVED_OF_STORE                                                                                                 \
	((unsigned)(SAVED_PLACE | SAVED_COMMIT | SAVED_CHECKPOINT | SAVED_STATEMENT | SAVED_SEGMENT | SAVED_STOPPED))

struct saved {
	bool yes;
	unsigned lacks;                 /* enum saved_lack; 0: yes */
	uint64_t buffered;              /* bytes */
	uint64_t blocks, block_bytes;   /* in no segment yet */
	int64_t oldest;                 /* wall ns: when the oldest of them was sealed; 0: none */
	uint64_t objects, object_bytes; /* sealed, not confirmed */
	uint64_t bytes;                 /* of all of these; 0 with a yes */
};
/* What a round is asked: what was applied when it began. */
struct saved_question {
	uint64_t set; /* n of the open set then; 0: the question is asked now */
};

/* sync_saved: the answer now. `buffered`: bytes that the floors above hold in no record yet. Any thread. */
void sync_saved(struct sync *s, uint64_t buffered, struct saved *ret);
/* saved_ask: with `work` held, behind map_gather. */
struct saved_question saved_ask(const struct sync *s);
/* saved_lacks: with `work` held: all but BUFFERED. */
unsigned saved_lacks(struct sync *s, const struct saved_question *q);
/* saved_of_store: of these what the store lost, as far as is known. With `work` held. */
unsigned saved_of_store(const struct sync *s);
/* saved_error: what whoever waits is told of these: ERR_OK for none; ERR_FORK: the store shows less than it had, or
 * publishing has ended; what it failed with for something that was to be looked for; ERR_LIMIT, ERR_DAMAGED: something
 * stays open; alarms explain all of them. ERR_BUSY: the next round answers. With `work` held. */
MUST_CHECK err_t saved_error(struct sync *s, unsigned lacks);
/* saved_name: of one lack, for programs; NULL: there is none of that number. saved_words: for a person, of the first of
 * the store's; "" for none. */
const char *saved_name(unsigned number);
const char *saved_words(unsigned lacks);
