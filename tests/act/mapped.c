/* SPDX-License-Identifier: MIT */
#include "mapped.h"

#include "device.h"
#include "vault/changeset/close.h"
#include "vault/changeset/deliver.h"
#include "vault/changeset/publish.h"
#include "vault/changeset/published.h"

#include <string.h>

#define PART 300 /* bytes of a part when a changeset is published: few, so that there are many */

static void begin(struct mapped *m)
{
	operation_begin(&m->operation, m->c);
	m->begun = true;
}

static void end(struct mapped *m)
{
	if (m->begun)
		operation_end(&m->operation);
	m->begun = false;
}

void mapped_free(struct mapped *m)
{
	end(m);
	changeset_freep(&m->c);
	if (m->map)
		must(map_close(m->map), "map");
	m->map = NULL;
}

static void put_all(struct mapped *m, const struct mapped_state *s)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(buf_free) struct buf state = BUF_INIT;
	struct said open = { .kind = SAID_A };
	changeset_state_encode(&(struct changeset_state){ SAID_A, s->n, s->lamport }, &state);
	batch_put(b, MAP_STATE, span_str(STATE_CHANGESET), buf_span(&state));
	for (size_t i = 0; i < s->published->n; i++)
		batch_put(b, MAP_RECORDS, records_key(s->published->v[i]), buf_span(&s->published->v[i]->value));
	for (size_t i = 0; i < s->open->n; i++)
		must(said_put(&open, b, records_key(s->open->v[i]), buf_span(&s->open->v[i]->value)), "open");
	must(map_apply(m->map, b), "records");
}

void mapped_reset(struct mapped *m, const struct mapped_state *s)
{
	static const struct key key = { { 7 } };
	mapped_free(m);
	must(map_open(&(struct map_config){ .key = &key, .commit_ms = 1000000 }, &m->map, NULL), "map");
	put_all(m, s);
	must(changeset_open(m->map, s->stream, &m->c), "changeset");
	begin(m);
}

void mapped_apply(struct mapped *m)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	must(operation_apply(&m->operation, b), "operation");
	end(m);
	begin(m);
}

static err_t load_visit(void *ctx, struct span key, struct span value)
{
	(void)value;
	return records_gone(ctx, key);
}

void mapped_load(struct mapped *m)
{
	cleanup(records_free) struct records keys = RECORDS_INIT;
	const struct view *said = &m->c->open->view;
	must(said->scan(said->ctx, SPAN(NULL, 0), SPAN(NULL, 0), load_visit, &keys), "open");
	for (size_t i = 0; i < keys.n; i++)
		must(draft_load(&m->operation.draft, records_key(keys.v[i])), "load");
}

void mapped_publish(struct mapped *m)
{
	err_t e = changeset_close(m->c, NULL);
	if (e == ERR_NOTFOUND) {
		struct changeset_state s = m->c->recorded;
		s.n++;
		changeset_recorded(m->c, &s);
	} else {
		must(e, "close");
	}
	while (!(e = changeset_publish(m->c, PART, NULL)))
		continue;
	must(e == ERR_NOTFOUND ? ERR_OK : e, "publish");
	end(m);
	begin(m);
}

void mapped_deliver(struct mapped *m, const struct records *records, uint64_t lamport)
{
	must(changeset_deliver(m->c, &(struct delivery){ records, lamport, NULL, NULL }), "deliver");
	end(m);
	begin(m);
}

void mapped_drop(struct mapped *m, struct span key)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	batch_del(b, MAP_RECORDS, key);
	must(map_apply(m->map, b), "purge");
}

static err_t copy_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

void mapped_copy(struct mapped *m, struct records *published, struct records *open)
{
	struct view v = published_view(m->map);
	const struct view *said = &m->c->open->view;
	records_free(published);
	records_free(open);
	must(v.scan(v.ctx, SPAN(NULL, 0), SPAN(NULL, 0), copy_visit, published), "published");
	must(said->scan(said->ctx, SPAN(NULL, 0), SPAN(NULL, 0), copy_visit, open), "open");
}
