/* SPDX-License-Identifier: MIT
 * What of the vault's history a person gave up on this device (lost.h): it is lacking, was named and confirmed, and is
 * no lack any more. It is still asked for, and ends when it is applied here.
 *
 * Invariant: it covers commits of a stream up to one number, so what is lacking behind that is a lack as ever. What
 * stood on them when they were given up, and so is shown no more either, is of it, by streams and numbers; what comes
 * to stand on them later is none of it.
 *
 * Key "sync.given" of MAP_STATE; gone: nothing is. Value, little-endian, version(u8: 1), then of each stream(16)
 * from(u64) to(u64) claimant(16) since(i64) when(i64) waits(u8): as struct given.
 */
#pragma once

#include "sync/core/config.h"
#include "vault/objects/vv.h"

#define STATE_GIVEN "sync.given"

#define LACKS_MAX 16 /* known at once (incomplete.h) */
#define GIVEN_MAX 64
struct given {
	struct id stream;
	uint64_t from, to; /* commits; 0: the stream itself, which nothing proves */
	struct id claimant;
	int64_t since, when; /* wall seconds: found, given up */
	bool waits;          /* they are here, and stand on others that were given up */
};
struct givens {
	struct given v[GIVEN_MAX];
	size_t n;
};
/* given_load: at the opening. A record that cannot be read is as none: what is lacking is a lack again. */
MUST_CHECK err_t given_load(struct sync *s);
/* given_to: of that stream up to which commit; 0: none. given_unproved: the stream itself. givens_cover: that commit is
 * of what is in a list. */
uint64_t given_to(const struct sync *s, struct id stream);
bool given_unproved(const struct sync *s, struct id stream);
bool givens_cover(const struct givens *g, struct position p);
/* given_add: to a list; one of its stream that is there goes on. ERR_LIMIT: there are too many. */
MUST_CHECK err_t given_add(struct givens *g, const struct given *x);
/* given_keep: these, durable when it returns. With `work` held. */
MUST_CHECK err_t given_keep(struct sync *s, const struct givens *g);
/* given_look: what is applied here by now is none any more. With `work` held. */
MUST_CHECK err_t given_look(struct sync *s);
