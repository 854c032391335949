/* SPDX-License-Identifier: MIT */
#include "sync/core/dirty.h"

#include "sync/core/sync_struct.h"
#include "vault/changeset/said.h"
#include "vault/changeset/state.h"

/* changeset_of: what the map says of it. Nothing yet: as changeset_open begins. */
static err_t changeset_of(struct map *m, struct changeset_state *ret)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	err_t e = map_get(m, MAP_STATE, span_str(STATE_CHANGESET), &v);
	if (e == ERR_NOTFOUND) {
		*ret = (struct changeset_state){ .open = SAID_A, .n = 1 };
		return ERR_OK;
	}
	return e ? e : changeset_state_decode(buf_span(&v), ret);
}

static int any_visit(void *ctx, struct span key, struct span value)
{
	(void)key, (void)value;
	*(bool *)ctx = true;
	return MAP_STOP;
}

bool sync_dirty(const struct sync *s)
{
	struct changeset_state c;
	bool any = false;
	err_t e = changeset_of(s->c.map, &c);
	if (!e)
		e = map_scan(s->c.map, MAP_RECORDS, SPAN(&c.open, 1), SPAN(NULL, 0), any_visit, &any);
	return e || any;
}

uint64_t sync_open_set(const struct sync *s)
{
	struct changeset_state c;
	return changeset_of(s->c.map, &c) ? 0 : c.n;
}

bool sync_closed(const struct sync *s)
{
	struct changeset_state c;
	return changeset_of(s->c.map, &c) || c.n > s->st.n + 1;
}
