/* SPDX-License-Identifier: MIT
 * Loading the engine's memory out of the map, and what every part of a round uses: alarms, phases, halting.
 */
#include "sync/internal.h"

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
	memcpy(s->alarm, text, sizeof(text));
}

static struct passing *passing_find(struct sync *s, const struct passing_key *k)
{
	for (size_t i = 0; i < PASSING_MAX; i++) {
		struct passing *p = &s->passing[i];
		if (p->key.kind == k->kind && p->key.n == k->n && !memcmp(p->key.id, k->id, ID_LEN))
			return p;
	}
	return NULL;
}

void sync_passing(struct sync *s, const struct passing_key *k, const char *fmt, ...)
{
	static const struct passing_key none;
	char text[STATE_TEXT + 1];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	{
		guard(&s->lock);
		struct passing *p = passing_find(s, &none);
		if (passing_find(s, k) || (!p && !strcmp(s->alarm, text)))
			return;
		if (p)
			p->key = *k;
		memcpy(p ? p->text : s->alarm, text, sizeof(text)); /* with no place left it is one that stays */
	}
	log_warn(AREA_SYNC, "%s", text);
}

void sync_passed(struct sync *s, const struct passing_key *k)
{
	char text[STATE_TEXT + 1];
	{
		guard(&s->lock);
		struct passing *p = passing_find(s, k);
		if (!p)
			return;
		memcpy(text, p->text, sizeof(text));
		*p = (struct passing){ .key.kind = PASSING_NONE };
	}
	log_info(AREA_SYNC, "no more: %s", text);
}

const char *sync_alarm_text(const struct sync *s)
{
	const char *text = s->alarm;
	for (size_t i = 0; i < PASSING_MAX && !text[0]; i++)
		text = s->passing[i].text;
	return text;
}

void sync_phase_set(struct sync *s, enum sync_phase phase)
{
	guard(&s->lock);
	s->status.phase = phase;
}

bool sync_stopping(struct sync *s)
{
	guard(&s->lock);
	return s->stopping;
}

err_t sync_halt(struct sync *s, enum stopped why, const char *text)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	next.stopped = why;
	snprintf(next.text, sizeof(next.text), "%s", text);
	state_put(&o, &next);
	err_t e = ops_commit(&o, s->c.map);
	if (e)
		return e;
	s->st = next;
	log_error(AREA_SYNC, "%s", text);
	return why == STOPPED_RACE ? ERR_RACE : ERR_FORK;
}

uint64_t sequence_next(struct state *st, enum queue_class class)
{
	return ++st->sequence << 8 | class;
}

static int load_stream(void *ctx, struct span key, struct span value)
{
	struct sync *s = ctx;
	struct stream st;
	(void)key;
	if (!value.p || state_stream_decode(value, &st))
		return ERR_DAMAGED;
	if (!streams_reserve(s))
		return ERR_NOMEM;
	s->streams[s->nstreams++] = st;
	return 0;
}

static int load_node(void *ctx, struct span key, struct span value)
{
	struct sync *s = ctx;
	struct node n;
	(void)key;
	if (!value.p || state_node_decode(value, &n))
		return ERR_DAMAGED;
	if (!nodes_reserve(s))
		return ERR_NOMEM;
	s->nodes[s->nnodes++] = n;
	return 0;
}

err_t sync_load(struct sync *s)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_MAIN), &v);
	if (!e)
		e = state_decode(buf_span(&v), &s->st);
	if (!e)
		e = map_get(s->c.map, MAP_STATE, span_str(STATE_HEADER), &v);
	if (!e)
		e = header_decode(buf_span(&v), &s->header, NULL);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_STREAM), SPAN(NULL, 0), load_stream, s);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_NODE), SPAN(NULL, 0), load_node, s);
	if (!e)
		e = epoch_load(s);
	if (!e)
		e = queue_load(&s->queue, s->c.map);
	if (!e && !streams_find(s, s->c.stream))
		e = ERR_DAMAGED;
	return e;
}
