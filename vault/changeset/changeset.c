/* SPDX-License-Identifier: MIT */
#include "vault/changeset/changeset.h"

#include "util/cleanup.h"
#include "vault/changeset/joined_view.h"
#include "vault/changeset/published.h"

#include <stdlib.h>

static err_t read_state(struct map *map, struct changeset_state *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	err_t e = map_get(map, MAP_STATE, span_str(STATE_CHANGESET), &value);
	if (e == ERR_NOTFOUND) {
		*ret = (struct changeset_state){ .open = SAID_A, .n = 1 };
		return ERR_OK;
	}
	return e ? e : changeset_state_decode(buf_span(&value), ret);
}

void changeset_turn(struct changeset *c, const struct changeset_state *s)
{
	struct view published = published_view(c->map);
	c->recorded = *s;
	c->open = &c->sets[s->open == SAID_B];
	c->closed = &c->sets[s->open != SAID_B];
	joined_begin(&c->shown, published, c->open, c->closed);
	joined_begin(&c->below, published, c->closed, NULL);
	c->shown.recent = &c->recent;
	recent_drop(&c->recent);
}

static err_t open_sets(struct changeset *c)
{
	err_t e = said_open(&c->sets[0], c->map, SAID_A);
	if (e)
		return e;
	e = said_open(&c->sets[1], c->map, SAID_B);
	if (e)
		said_close(&c->sets[0]);
	return e;
}

err_t changeset_open(struct map *map, uint64_t stream, struct changeset **ret)
{
	struct changeset_state s;
	err_t e = read_state(map, &s);
	if (e)
		return e;
	cleanup_free struct changeset *c = calloc(1, sizeof(*c));
	if (!c)
		return ERR_NOMEM;
	c->map = map;
	c->stream = stream;
	e = open_sets(c);
	if (e)
		return e;
	recent_begin(&c->recent);
	changeset_turn(c, &s);
	c->lamport = s.lamport;
	*ret = steal_ptr(c);
	return ERR_OK;
}

void changeset_freep(struct changeset **c)
{
	if (!*c)
		return;
	said_close(&(*c)->sets[0]);
	said_close(&(*c)->sets[1]);
	recent_end(&(*c)->recent);
	free(steal_ptr(*c));
}

/* -- lamport ----------------------------------------------------------------------------------------------------- */

struct stamp changeset_tick(struct changeset *c)
{
	return (struct stamp){ ++c->lamport, c->stream, c->recorded.n };
}

void changeset_saw(struct changeset *c, uint64_t lamport)
{
	c->lamport = MAX(c->lamport, lamport);
}

err_t changeset_reserve(const struct changeset *c, struct batch *b, struct changeset_state *ret)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	*ret = c->recorded;
	if (c->lamport <= c->recorded.lamport)
		return ERR_OK;
	ret->lamport = c->lamport + LAMPORT_AHEAD;
	changeset_state_encode(ret, &value);
	err_t e = buf_ok(&value);
	if (!e)
		batch_put(b, MAP_STATE, span_str(STATE_CHANGESET), buf_span(&value));
	return e;
}

void changeset_recorded(struct changeset *c, const struct changeset_state *s)
{
	c->recorded = *s;
}
