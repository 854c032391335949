/* SPDX-License-Identifier: MIT */
#include "vault/changeset/close_members.h"

#include "util/cleanup.h"
#include "vault/changeset/turn_back.h"
#include "vault/join/vault_key.h"

struct moving {
	struct changeset *c;
	bool again;
	struct records said; /* of members */
	struct said_change less, more;
	struct changeset_state next;
	uint64_t lamport;
};

static void moving_free(struct moving *m)
{
	records_free(&m->said);
}

static err_t gather_visit(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static err_t gather(struct moving *m)
{
	static const uint8_t kinds[] = { SHARED_STATEMENT, SHARED_SLOT, SHARED_DEVICE };
	const struct view *open = &m->c->open->view;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < sizeof(kinds); i++)
		e = open->scan(open->ctx, SPAN(&kinds[i], 1), SPAN(NULL, 0), gather_visit, &m->said);
	return e;
}

static err_t move_one(struct moving *m, const struct records_entry *x, struct batch *b)
{
	struct said *open = m->c->open, *closed = m->c->closed;
	struct span key = records_key(x), value = buf_span(&x->value);
	said_note(closed, key);
	said_change_add(&m->less, said_change_of(key, value, SPAN(NULL, 0)));
	said_change_add(&m->more, said_change_of(key, SPAN(NULL, 0), value));
	err_t e = said_del(open, b, key);
	return e ? e : said_put(closed, b, key, value);
}

/* count: the open set is the next commit's but one from now on. */
static err_t count(struct moving *m, struct batch *b)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	m->next = m->c->recorded;
	m->next.n += !m->again;
	m->next.lamport = MAX(m->next.lamport, m->c->lamport);
	changeset_state_encode(&m->next, &value);
	batch_put(b, MAP_STATE, span_str(STATE_CHANGESET), buf_span(&value));
	batch_use(b, MAP_CLAIMED);
	return buf_ok(&value);
}

/* move: everybody is stopped. */
static err_t move(void *ctx)
{
	struct moving *m = ctx;
	cleanup(batch_freep) struct batch *b = batch_new();
	err_t e = b ? gather(m) : ERR_NOMEM;
	for (size_t i = 0; !e && i < m->said.n; i++)
		e = move_one(m, m->said.v[i], b);
	if (!e)
		e = count(m, b);
	if (!e)
		e = map_apply(m->c->map, b);
	if (e)
		return e;
	said_changed(m->c->open, m->less);
	said_changed(m->c->closed, m->more);
	changeset_recorded(m->c, &m->next);
	m->lamport = m->c->lamport;
	return ERR_OK;
}

err_t changeset_close_members(struct changeset *c, bool again, uint64_t *ret_lamport)
{
	cleanup(moving_free) struct moving m = { .c = c, .again = again, .said = RECORDS_INIT };
	err_t e = again ? changeset_turn_back_all(c) : ERR_OK;
	if (!e)
		e = map_stopped(c->map, move, &m);
	if (!e)
		*ret_lamport = m.lamport;
	return e;
}
