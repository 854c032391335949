/* SPDX-License-Identifier: MIT
 * What the person is told that did not verify, or is lacking.
 */
#pragma once

#include "sync/core/state.h"

#include <string.h>

struct sync;
/* What it is, for programs: alarm_name, docs/cli.md. */
enum alarm_kind {
	ALARM_OVER, /* no alarm any more: something was lacking, and was put right; told all the same */
	ALARM_COMMIT_DAMAGED,
	ALARM_COMMIT_REFUSED,
	ALARM_COMMITS_MISSING,
	ALARM_OWN_COMMIT_LOST,
	ALARM_HEAD_DAMAGED,
	ALARM_HEAD_MISSING,
	ALARM_HEAD_OLD,
	ALARM_CHECKPOINT_DAMAGED,
	ALARM_CHECKPOINT_IMPOSSIBLE,
	ALARM_STATEMENT_DAMAGED,
	ALARM_STATEMENT_MISSING,
	ALARM_RECORDS_DIFFER,
	ALARM_TOO_LARGE,
	ALARM_WAITS_FOR_FORMER,
	ALARM_HISTORY,
	ALARM_PLACE,
	ALARM_CONTENTS_LOST,
	ALARM_UPLOAD_LOST,
	ALARM_REMOVED,
	ALARM_INCOMPLETE,
	ALARM_KEYS_MISSING,
	ALARM_EPOCHS,
	ALARM_BUILDS_ON_LOST,
	ALARM_KINDS
};
struct alarm_about {
	enum alarm_kind kind;
	uint64_t stream;  /* number of the one it is about, which tells the device; 0: none, or not known */
	struct id object; /* of the store; zero: none, or not known (alarm_object.h) */
	struct id device; /* where it is no stream of it; zero: likewise */
};
/* Transient alarms: what the store showed damaged, or lacked. */
enum transient_kind {
	TRANSIENT_NONE,
	TRANSIENT_COMMIT,
	TRANSIENT_LACKS,
	TRANSIENT_UNANSWERED,
	TRANSIENT_HEAD,
	TRANSIENT_PLACE,
	TRANSIENT_STATEMENT,
	TRANSIENT_FORMER,
	TRANSIENT_REPAIR,
	TRANSIENT_VAULT,
	TRANSIENT_CONTENTS,
	TRANSIENT_PUT,
	TRANSIENT_REMOVED,
	TRANSIENT_ROOT
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
#define TRANSIENT_MAX 12 /* what is beyond that stays */
#define ALARMS_MAX 24
#define ALARMS_OF_KIND 3 /* what a member can say over and over hides nothing of another kind */
struct alarm {
	struct alarm_about about;
	const char *form; /* its format: those of one are of a kind */
	int64_t since;    /* wall ns; 0: not known */
	char text[STATE_TEXT + 1];
};
struct transient {
	struct transient_key key;
	struct alarm alarm; /* its text is empty when it is over */
};
struct alarms {                         /* under lock */
	struct alarm stays[ALARMS_MAX]; /* those that stay; the newest last */
	size_t n;
	struct transient transient[TRANSIENT_MAX];
	char shown[STATE_TEXT + 50]; /* sync_alarm_text */
};

/* sync_alarm: something that does not end by itself. Of those of one kind (of one `fmt`) the newest are kept, and one
 * of them of a kind that there are many of goes when there are too many in all. */
void sync_alarm(struct sync *s, const struct alarm_about *about, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
/* alarm_transient: an alarm that is cleared, once what the store showed damaged or lacked is whole; said once.
 * It hides no other and is hidden by none that stays. */
void alarm_transient(struct sync *s, const struct transient_key *k, const struct alarm_about *about, const char *fmt,
                     ...) __attribute__((format(printf, 4, 5)));
void alarm_clear(struct sync *s, const struct transient_key *k);
/* alarm_over: all of one kind and id: what they are about is asked for no more. */
void alarm_over(struct sync *s, enum transient_kind kind, struct id id);
const char *sync_alarm_text(const struct sync *s); /* lock held; what status shows, "" for none */
/* alarms_each: lock held; all of them, the newest first of those that stay. */
void alarms_each(const struct alarms *a, void (*fn)(void *ctx, const struct alarm *one), void *ctx);
/* alarm_says: what of struct alarm_about is known of each of a kind, whoever raises it: ALARM_SAYS_*. */
enum { ALARM_SAYS_STREAM = 1, ALARM_SAYS_OBJECT = 2 };
unsigned alarm_says(enum alarm_kind kind);
/* alarm_name: of a kind, as programs are told it. */
const char *alarm_name(enum alarm_kind kind);
