/* SPDX-License-Identifier: MIT
 * Blocks from the store: looks the block record up, GETs the range, checks length and SHA-256, puts the sealed bytes in
 * the cache, answers. One request per block however many ask; neighbours in a segment are fetched in one range.
 */
#pragma once

#include "cache/map.h"
#include "remote/store.h"
#include "vault/records/record.h"

struct fetch;
/* fetch_new: over a store and a map; both outlive it. */
struct fetch *fetch_new(struct store *store, struct map *map);
/* fetch_stop: every waiter is answered with ERR_CANCELED, later ones too. fetch_freep after stop. */
void fetch_stop(struct fetch *f);
void fetch_freep(struct fetch **f);
/* What a person who looks for a fault wants to know. */
struct fetch_debug {
	uint64_t wanted;          /* blocks that are asked for, */
	uint64_t ahead, in_line;  /* of these: that nobody waits for yet (read-ahead), that are not sent yet */
	uint64_t bytes_under_way; /* of GETs */
};
void fetch_debug(struct fetch *f, struct fetch_debug *ret);
/* fetch_block: `done` gets the sealed bytes (valid during the call), once, on some thread, no lock held.
 * ERR_DAMAGED: the store's bytes do not match the block record (logged with the object's name); ERR_NOTFOUND: object
 * missing; ERR_NET etc. */
typedef void (*fetch_done)(void *ctx, err_t e, struct span sealed, const struct block_rec *rec);
void fetch_block(struct fetch *f, struct id id, fetch_done done, void *ctx);
/* fetch_ahead: the same without an answer, at bulk urgency; dropped when much is waiting. */
void fetch_ahead(struct fetch *f, const struct id *ids, size_t n);
/* fetch_many: at bulk urgency, neighbours in one range, with an answer for each: `done` is called n times. */
void fetch_many(struct fetch *f, const struct id *ids, size_t n, fetch_done done, void *ctx);
/* fetch_forget: nobody waits for this `ctx` any more (interrupt): its done is not called after this returns true. */
bool fetch_forget(struct fetch *f, void *ctx);
