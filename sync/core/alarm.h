/* SPDX-License-Identifier: MIT
 * What the person is told that did not verify, or is lacking.
 */
#pragma once

#include "sync/core/state.h"

#include <string.h>

struct sync;
/* Transient alarms: what the store showed damaged, or lacked. */
enum transient_kind {
	TRANSIENT_NONE,
	TRANSIENT_COMMIT,
	TRANSIENT_LACKS,
	TRANSIENT_HEAD,
	TRANSIENT_PLACE,
	TRANSIENT_FORMER,
	TRANSIENT_REPAIR
};
struct transient_key {
	enum transient_kind kind;
	struct id id; /* of the stream, or what else tells them apart */
	uint64_t n;
};
static inline struct transient_key transient_key(enum transient_kind kind, struct id id, uint64_t n)
{
	struct transient_key k = { .kind = kind, .n = n };
	k.id = id;
	return k;
}
#define TRANSIENT_MAX 8 /* what is beyond that stays */
#define ALARMS_MAX 24
#define ALARMS_OF_KIND 3 /* what a member can say over and over hides nothing of another kind */
struct transient {
	struct transient_key key;
	char text[STATE_TEXT + 1];
};
struct alarm {            /* it stays */
	const char *kind; /* its format */
	int64_t since;    /* wall ns */
	char text[STATE_TEXT + 1];
};
struct alarms {                         /* under lock */
	struct alarm stays[ALARMS_MAX]; /* the newest last */
	size_t n;
	struct transient transient[TRANSIENT_MAX];
	char shown[STATE_TEXT + 50]; /* sync_alarm_text */
};

/* sync_alarm: something that does not end by itself. Of those of one kind (of one `fmt`) the newest are kept, and one
 * of them of a kind that there are many of goes when there are too many in all. */
void sync_alarm(struct sync *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* alarm_transient: an alarm that is cleared, once what the store showed damaged or lacked is whole; said once.
 * It hides no other and is hidden by none that stays. */
void alarm_transient(struct sync *s, const struct transient_key *k, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
void alarm_clear(struct sync *s, const struct transient_key *k);
const char *sync_alarm_text(const struct sync *s); /* lock held; what status shows, "" for none */
/* alarms_each: lock held; all of them, the newest first. */
void alarms_each(const struct alarms *a, void (*fn)(void *ctx, const char *text), void *ctx);
