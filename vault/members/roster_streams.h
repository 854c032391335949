/* SPDX-License-Identifier: MIT
 * Streams: which INCARNATIONs begin one, and where each is cut (docs/format.md, "Streams"). A pure function of a
 * roster.
 */
#pragma once

#include "vault/members/parts.h"

#define STREAMS_OPEN_MAX 256
#define STREAMS_MAX 4096 /* but for those that are cut at 0: who was revoked takes nobody's place with them */

struct roster_stream {
	struct hash hash; /* of the INCARNATION: the stream hash */
	uint64_t number;
	size_t said, device; /* indices into the roster */
	bool begins;         /* its commits may count; else none does, its device draws anew */
	bool cut;            /* commits count up to `n`, of hash `end`, and what others had applied in good faith */
	uint64_t n;          /* 0: none */
	struct hash end;
};
struct roster_streams {
	struct roster_stream *v; /* by rank of the device, then hash: who comes first has a number that two have */
	size_t n, cap;
	size_t *by_number; /* their indices */
};
/* roster_streams_number: of a stream hash; 0: of no stream, another is drawn. */
uint64_t roster_streams_number(struct hash stream);
/* roster_streams_make: ERR_NOMEM. */
MUST_CHECK err_t roster_streams_make(const struct roster *r, struct roster_streams *ret);
void roster_streams_free(struct roster_streams *l);
/* roster_streams_find: who has the number; NULL: nobody. */
const struct roster_stream *roster_streams_find(const struct roster_streams *l, uint64_t number);
