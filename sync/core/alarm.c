/* SPDX-License-Identifier: MIT
 * What the person is told that did not verify, or is lacking.
 */
#include "sync/core/alarm.h"

#include "sync/core/sync_struct.h"
#include "util/invariant.h"

#include <stdarg.h>

/* -- those that stay --------------------------------------------------------------------------------------------- */

static bool of_form(const struct alarm *a, const char *form)
{
	return strcmp(a->form, form) == 0;
}

static size_t count_of(const struct alarms *a, const char *form)
{
	size_t n = 0;
	for (size_t i = 0; i < a->n; i++)
		n += of_form(&a->stays[i], form);
	return n;
}

static void stays_remove(struct alarms *a, size_t at)
{
	a->n--;
	memmove(a->stays + at, a->stays + at + 1, (a->n - at) * sizeof(*a->stays));
}

/* leaves: which one makes room for one of `form` with that text; a->n: none needs to. */
static size_t leaves(const struct alarms *a, const char *form, const char *text)
{
	bool full = count_of(a, form) >= ALARMS_OF_KIND;
	size_t crowd = a->n < ALARMS_MAX ? a->n : 0;
	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->stays[i].text, text))
			return i;
	for (size_t i = 0; i < a->n; i++) {
		if (full && of_form(&a->stays[i], form))
			return i;
		if (a->n == ALARMS_MAX && count_of(a, a->stays[i].form) > count_of(a, a->stays[crowd].form))
			crowd = i;
	}
	return crowd;
}

static void count_visit(void *ctx, const struct alarm *one)
{
	(void)one;
	++*(size_t *)ctx;
}

/* show: the newest, and how many there are beside it. */
static void show(struct alarms *a)
{
	const char *text = a->n ? a->stays[a->n - 1].text : "";
	size_t n = 0;
	alarms_each(a, count_visit, &n);
	for (size_t i = 0; i < TRANSIENT_MAX && !text[0]; i++)
		text = a->transient[i].alarm.text;
	if (n > 1)
		snprintf(a->shown, sizeof(a->shown), "%s (and %zu more)", text, n - 1);
	else
		snprintf(a->shown, sizeof(a->shown), "%s", text);
}

/* stays_add: lock held. */
static void stays_add(struct sync *s, const struct alarm *new)
{
	struct alarms *a = &s->alarms;
	struct alarm one = *new;
	size_t at = leaves(a, new->form, new->text);
	if (at < a->n) {
		if (!strcmp(a->stays[at].text, new->text))
			one.since = a->stays[at].since;
		stays_remove(a, at);
	}
	a->stays[a->n++] = one;
	show(a);
}

void alarms_each(const struct alarms *a, void (*fn)(void *ctx, const struct alarm *one), void *ctx)
{
	for (size_t i = a->n; i-- > 0;)
		fn(ctx, &a->stays[i]);
	for (size_t i = 0; i < TRANSIENT_MAX; i++)
		if (a->transient[i].alarm.text[0])
			fn(ctx, &a->transient[i].alarm);
}

const char *alarm_name(enum alarm_kind kind)
{
	static const char *const names[ALARM_KINDS] = {
		[ALARM_OVER] = "over",
		[ALARM_COMMIT_DAMAGED] = "commit-damaged",
		[ALARM_COMMIT_REFUSED] = "commit-refused",
		[ALARM_COMMITS_MISSING] = "commits-missing",
		[ALARM_OWN_COMMIT_LOST] = "own-commit-lost",
		[ALARM_HEAD_DAMAGED] = "head-damaged",
		[ALARM_HEAD_MISSING] = "head-missing",
		[ALARM_HEAD_OLD] = "head-old",
		[ALARM_CHECKPOINT_DAMAGED] = "checkpoint-damaged",
		[ALARM_CHECKPOINT_IMPOSSIBLE] = "checkpoint-impossible",
		[ALARM_STATEMENT_DAMAGED] = "statement-damaged",
		[ALARM_STATEMENT_MISSING] = "statement-missing",
		[ALARM_RECORDS_DIFFER] = "records-differ",
		[ALARM_TOO_LARGE] = "too-large",
		[ALARM_WAITS_FOR_FORMER] = "waits-for-former",
		[ALARM_HISTORY] = "history",
		[ALARM_PLACE] = "not-this-vault",
		[ALARM_CONTENTS_LOST] = "contents-lost",
		[ALARM_UPLOAD_LOST] = "upload-lost",
		[ALARM_REMOVED] = "removed",
		[ALARM_INCOMPLETE] = "incomplete",
		[ALARM_KEYS_MISSING] = "keys-missing",
		[ALARM_EPOCHS] = "epochs",
		[ALARM_BUILDS_ON_LOST] = "builds-on-lost",
	};
	return (unsigned)kind < ALARM_KINDS ? names[kind] : "unknown";
}

unsigned alarm_says(enum alarm_kind kind)
{
	static const uint8_t says[ALARM_KINDS] = {
		[ALARM_COMMIT_DAMAGED] = ALARM_SAYS_STREAM | ALARM_SAYS_OBJECT,
		[ALARM_COMMIT_REFUSED] = ALARM_SAYS_STREAM | ALARM_SAYS_OBJECT,
		[ALARM_COMMITS_MISSING] = ALARM_SAYS_STREAM,
		[ALARM_OWN_COMMIT_LOST] = ALARM_SAYS_STREAM | ALARM_SAYS_OBJECT,
		[ALARM_HEAD_DAMAGED] = ALARM_SAYS_STREAM | ALARM_SAYS_OBJECT,
		[ALARM_HEAD_MISSING] = ALARM_SAYS_STREAM | ALARM_SAYS_OBJECT,
		[ALARM_HEAD_OLD] = ALARM_SAYS_STREAM | ALARM_SAYS_OBJECT,
		[ALARM_CHECKPOINT_DAMAGED] = ALARM_SAYS_OBJECT,
		[ALARM_CHECKPOINT_IMPOSSIBLE] = ALARM_SAYS_STREAM,
		[ALARM_STATEMENT_DAMAGED] = ALARM_SAYS_OBJECT,
		[ALARM_RECORDS_DIFFER] = ALARM_SAYS_STREAM,
		[ALARM_TOO_LARGE] = ALARM_SAYS_STREAM,
		[ALARM_WAITS_FOR_FORMER] = ALARM_SAYS_STREAM,
		[ALARM_CONTENTS_LOST] = ALARM_SAYS_OBJECT,
		[ALARM_UPLOAD_LOST] = ALARM_SAYS_OBJECT, /* also before our stream has begun */
		[ALARM_KEYS_MISSING] = ALARM_SAYS_STREAM,
		[ALARM_BUILDS_ON_LOST] = ALARM_SAYS_STREAM,
	};
	return (unsigned)kind < ALARM_KINDS ? says[kind] : 0u;
}

static unsigned said(const struct alarm_about *a)
{
	return (a->stream ? ALARM_SAYS_STREAM : 0u) | (id_is_zero(a->object) ? 0u : ALARM_SAYS_OBJECT);
}

static struct alarm alarm_new(const struct sync *s, const struct alarm_about *about, const char *form)
{
	INVARIANT((said(about) & alarm_says(about->kind)) == alarm_says(about->kind));
	struct alarm a = { .about = *about, .form = form, .since = s->c.clock.wall(s->c.clock.ctx) };
	return a;
}

void sync_alarm(struct sync *s, const struct alarm_about *about, const char *fmt, ...)
{
	struct alarm new = alarm_new(s, about, fmt);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(new.text, sizeof(new.text), fmt, ap);
	va_end(ap);
	log_warn(AREA_SYNC, "%s", new.text);
	guard(&s->lock);
	stays_add(s, &new);
}

/* -- those that end ---------------------------------------------------------------------------------------------- */

static bool stays(const struct alarms *a, const char *text)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->stays[i].text, text))
			return true;
	return false;
}

static struct transient *transient_find(struct sync *s, const struct transient_key *k)
{
	for (size_t i = 0; i < TRANSIENT_MAX; i++) {
		struct transient *p = &s->alarms.transient[i];
		if (p->key.kind == k->kind && p->key.n == k->n && id_eq(p->key.id, k->id))
			return p;
	}
	return NULL;
}

void alarm_transient(struct sync *s, const struct transient_key *k, const struct alarm_about *about, const char *fmt,
                     ...)
{
	static const struct transient_key none;
	struct alarm new = alarm_new(s, about, fmt);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(new.text, sizeof(new.text), fmt, ap);
	va_end(ap);
	{
		guard(&s->lock);
		struct transient *p = transient_find(s, &none);
		if (transient_find(s, k) || (!p && stays(&s->alarms, new.text)))
			return;
		if (!p) {
			stays_add(s, &new); /* no place is left */
		} else {
			*p = (struct transient){ *k, new };
			show(&s->alarms);
		}
	}
	log_warn(AREA_SYNC, "%s", new.text);
}

void alarm_clear(struct sync *s, const struct transient_key *k)
{
	char text[STATE_TEXT + 1];
	{
		guard(&s->lock);
		struct transient *p = transient_find(s, k);
		if (!p)
			return;
		memcpy(text, p->alarm.text, sizeof(text));
		*p = (struct transient){ .key.kind = TRANSIENT_NONE };
		show(&s->alarms);
	}
	log_info(AREA_SYNC, "cleared: %s", text);
}

void alarm_over(struct sync *s, enum transient_kind kind, struct id id)
{
	guard(&s->lock);
	for (size_t i = 0; i < TRANSIENT_MAX; i++) {
		struct transient *p = &s->alarms.transient[i];
		if (p->key.kind == kind && id_eq(p->key.id, id))
			*p = (struct transient){ .key.kind = TRANSIENT_NONE };
	}
	show(&s->alarms);
}

const char *sync_alarm_text(const struct sync *s)
{
	return s->alarms.shown;
}
