/* SPDX-License-Identifier: MIT
 * What the person is told that did not verify, or is lacking.
 */
#include "sync/core/alarm.h"

#include "sync/core/sync_struct.h"

#include <stdarg.h>

/* -- those that stay --------------------------------------------------------------------------------------------- */

static bool of_kind(const struct alarm *a, const char *kind)
{
	return strcmp(a->kind, kind) == 0;
}

static size_t count_of(const struct alarms *a, const char *kind)
{
	size_t n = 0;
	for (size_t i = 0; i < a->n; i++)
		n += of_kind(&a->stays[i], kind);
	return n;
}

static void stays_remove(struct alarms *a, size_t at)
{
	a->n--;
	memmove(a->stays + at, a->stays + at + 1, (a->n - at) * sizeof(*a->stays));
}

/* leaves: which one makes room for one of `kind` with that text; a->n: none needs to. */
static size_t leaves(const struct alarms *a, const char *kind, const char *text)
{
	bool full = count_of(a, kind) >= ALARMS_OF_KIND;
	size_t crowd = a->n < ALARMS_MAX ? a->n : 0;
	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->stays[i].text, text))
			return i;
	for (size_t i = 0; i < a->n; i++) {
		if (full && of_kind(&a->stays[i], kind))
			return i;
		if (a->n == ALARMS_MAX && count_of(a, a->stays[i].kind) > count_of(a, a->stays[crowd].kind))
			crowd = i;
	}
	return crowd;
}

static void count_visit(void *ctx, const char *text)
{
	(void)text;
	++*(size_t *)ctx;
}

/* show: the newest, and how many there are beside it. */
static void show(struct alarms *a)
{
	const char *text = a->n ? a->stays[a->n - 1].text : "";
	size_t n = 0;
	alarms_each(a, count_visit, &n);
	for (size_t i = 0; i < TRANSIENT_MAX && !text[0]; i++)
		text = a->transient[i].text;
	if (n > 1)
		snprintf(a->shown, sizeof(a->shown), "%s (and %zu more)", text, n - 1);
	else
		snprintf(a->shown, sizeof(a->shown), "%s", text);
}

/* stays_add: lock held. */
static void stays_add(struct sync *s, const char *kind, const char *text)
{
	struct alarms *a = &s->alarms;
	struct alarm new = { .kind = kind, .since = s->c.clock.wall(s->c.clock.ctx) };
	size_t at = leaves(a, kind, text);
	snprintf(new.text, sizeof(new.text), "%s", text);
	if (at < a->n) {
		if (!strcmp(a->stays[at].text, text))
			new.since = a->stays[at].since;
		stays_remove(a, at);
	}
	a->stays[a->n++] = new;
	show(a);
}

void alarms_each(const struct alarms *a, void (*fn)(void *ctx, const char *text), void *ctx)
{
	for (size_t i = a->n; i-- > 0;)
		fn(ctx, a->stays[i].text);
	for (size_t i = 0; i < TRANSIENT_MAX; i++)
		if (a->transient[i].text[0])
			fn(ctx, a->transient[i].text);
}

void sync_alarm(struct sync *s, const char *fmt, ...)
{
	char text[STATE_TEXT + 1];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warn(AREA_SYNC, "%s", text);
	guard(&s->lock);
	stays_add(s, fmt, text);
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

void alarm_transient(struct sync *s, const struct transient_key *k, const char *fmt, ...)
{
	static const struct transient_key none;
	char text[STATE_TEXT + 1];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	{
		guard(&s->lock);
		struct transient *p = transient_find(s, &none);
		if (transient_find(s, k) || (!p && stays(&s->alarms, text)))
			return;
		if (!p) {
			stays_add(s, fmt, text); /* no place is left */
		} else {
			p->key = *k;
			memcpy(p->text, text, sizeof(text));
			show(&s->alarms);
		}
	}
	log_warn(AREA_SYNC, "%s", text);
}

void alarm_clear(struct sync *s, const struct transient_key *k)
{
	char text[STATE_TEXT + 1];
	{
		guard(&s->lock);
		struct transient *p = transient_find(s, k);
		if (!p)
			return;
		memcpy(text, p->text, sizeof(text));
		*p = (struct transient){ .key.kind = TRANSIENT_NONE };
		show(&s->alarms);
	}
	log_info(AREA_SYNC, "cleared: %s", text);
}

const char *sync_alarm_text(const struct sync *s)
{
	return s->alarms.shown;
}
