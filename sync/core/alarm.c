/* SPDX-License-Identifier: MIT
 * What the person is told that did not verify, or is lacking.
 */
#include "sync/core/alarm.h"

#include "sync/core/sync_struct.h"

#include <stdarg.h>

void sync_alarm(struct sync *s, const char *fmt, ...)
{
	char text[STATE_TEXT + 1];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warn(AREA_SYNC, "%s", text);
	guard(&s->lock);
	memcpy(s->alarms.text, text, sizeof(text));
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
		if (transient_find(s, k) || (!p && !strcmp(s->alarms.text, text)))
			return;
		if (p)
			p->key = *k;
		memcpy(p ? p->text : s->alarms.text, text, sizeof(text)); /* with no place left it is one that stays */
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
	}
	log_info(AREA_SYNC, "cleared: %s", text);
}

const char *sync_alarm_text(const struct sync *s)
{
	const char *text = s->alarms.text;
	for (size_t i = 0; i < TRANSIENT_MAX && !text[0]; i++)
		text = s->alarms.transient[i].text;
	return text;
}
