/* SPDX-License-Identifier: MIT
 * What the person is told that did not verify, or is lacking.
 */
#pragma once

#include "sync/core/state.h"

#include <string.h>

struct sync;
/* Alarms that end: what the store showed damaged, or lacked. */
enum passing_kind { PASSING_NONE, PASSING_COMMIT, PASSING_LACKS, PASSING_APPLY, PASSING_HEAD, PASSING_PLACE };
struct passing_key {
	enum passing_kind kind;
	struct id id; /* of the stream, or what else tells them apart */
	uint64_t n;
};
static inline struct passing_key passing_key(enum passing_kind kind, struct id id, uint64_t n)
{
	struct passing_key k = { .kind = kind, .n = n };
	k.id = id;
	return k;
}
#define PASSING_MAX 8 /* what is beyond that stays */
struct passing {
	struct passing_key key;
	char text[STATE_TEXT + 1];
};
struct alarms {                    /* under lock */
	char text[STATE_TEXT + 1]; /* newest thing that did not verify; it stays */
	struct passing passing[PASSING_MAX];
};

/* sync_alarm: something that does not end by itself. */
void sync_alarm(struct sync *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* sync_passing: an alarm that ends by sync_passed, once what the store showed damaged or lacked is whole; said once.
 * It hides no other and is hidden by none that stays. */
void sync_passing(struct sync *s, const struct passing_key *k, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
void sync_passed(struct sync *s, const struct passing_key *k);
const char *sync_alarm_text(const struct sync *s); /* lock held; what status shows, "" for none */
