/* SPDX-License-Identifier: MIT
 * The retry layer: tries again what may pass, remembers what does not. It retries ERR_NET, ERR_TIMEOUT and damaged
 * ranges a few times with jittered back-off honouring Retry-After, then answers; after a refusal it answers at once,
 * and asks the server again after pauses that grow (ERR_DENIED: up to 16 times the longest back-off), and after
 * store_retry_now. What a server answers with an error for one object, try after try, while it answers for others, is
 * ERR_REFUSED.
 */
#pragma once

#include "remote/layers/refusals.h"
#include "remote/store.h"

struct store_state { /* what status shows */
	bool online;
	err_t last_error;    /* of the newest finished try */
	char last_text[256]; /* the same in words, with the server's own message where it gave one */
	char refused[256];   /* the newest refusal that holds, of an object or of all, in words; "": none */
	int64_t retry_at;    /* wall ns of the next try, 0: none waiting */
	uint64_t sent, received, requests, errors; /* bytes, bytes, tries, failed tries; since it was opened */
};
/* store_retry_new: takes `inner` over, also on failure (NULL). max_wait_ms: the longest back-off; 0: 60,000. */
struct store *store_retry_new(struct store *inner, unsigned max_wait_ms);
/* store_state_of: of a store from store_open or store_retry_new; of any other: online, and nothing happened. */
void store_state_of(struct store *s, struct store_state *ret);
/* store_retry_now: forgets back-off and refusals: the next request is sent. */
void store_retry_now(struct store *s);
/* store_refusals: objects that it refuses while it answers for others; how many. None of any other store. */
size_t store_refusals(struct store *s, struct store_refusal ret[REFUSALS_MAX]);

/* The decisions as pure functions, so that their timing can be tested without waiting.
 * retry_wait_ms: how long to wait after the `tries`-th failed try (1 is the first): doubling from 200 ms to `max_ms`,
 * the upper half of it jittered by `random`; at least what the server asked for, but never more than `max_ms`. */
unsigned retry_wait_ms(unsigned tries, unsigned asked_ms, unsigned max_ms, uint32_t random);
/* retry_tries: how many tries an error is worth, the first one included. */
unsigned retry_tries(err_t e, bool reader_waits);
