/* SPDX-License-Identifier: MIT
 * Three devices on one store, from which objects are taken away: a and b write, c reads, and may come to know that the
 * vault is incomplete. Includers use only some of it.
 */
#pragma once

#include "sync/incomplete.h"
#include "tests/sync_files.h"

struct world { /* a and b write, c reads */
	struct fleet f;
	int64_t now;
	struct clock clock;
	struct ship *a, *b, *c;
	unsigned begun, ended; /* what c's engine told */
};

static void on_incomplete(void *ctx, bool is)
{
	struct world *w = ctx;
	w->begun += is;
	w->ended += !is;
}

/* listen: until it is opened again. */
static void listen(struct world *w)
{
	w->c->sync->c.on_incomplete = (struct incomplete_hook){ on_incomplete, w };
}

static UNUSED struct incomplete known(struct ship *d)
{
	struct incomplete r;
	sync_incomplete(d->sync, &r);
	return r;
}

static UNUSED bool is_alarm(struct ship *d)
{
	struct alarm list[SYNC_ALARMS_MAX];
	size_t n = sync_alarms(d->sync, list);
	bool found = false;
	for (size_t i = 0; i < n; i++)
		found |= strstr(list[i].text, "the vault is incomplete") != NULL;
	assert_int_equal(found, known(d).is);
	return found;
}

static UNUSED int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct fleet *f = &w->f;
	w->now = 1700000000 * NS_PER_S;
	w->clock = (struct clock){ standing, standing, &w->now };
	fleet_new(f, &vault);
	f->clock = &w->clock;
	ship_crash(f, &f->d[0]); /* with that clock */
	fleet_join(f, "laptop");
	fleet_join(f, "phone");
	w->a = &f->d[0];
	w->b = &f->d[1];
	w->c = &f->d[2];
	fleet_settle(f);
	listen(w);
	*state = w;
	return 0;
}

static UNUSED int tear_down(void **state)
{
	struct world *w = *state;
	fleet_free(&w->f);
	free(w);
	return 0;
}

/* -- a store that has not all ------------------------------------------------------------------------------------- */

struct taken {
	char name[OBJECT_NAME];
	struct buf body;
};

static void take(struct world *w, struct taken *t)
{
	t->body = BUF_INIT;
	ok(store_get_sync(w->f.shared, t->name, 0, 0, 0, &t->body));
	ok(store_del_sync(w->f.shared, t->name));
}
static void take_commit(struct world *w, struct ship *d, struct taken *t)
{
	ship_commit_name(&w->f, d, d->sync->st.n, 0, t->name);
	take(w, t);
}
static UNUSED void take_head(struct world *w, struct ship *d, struct taken *t)
{
	ship_head_name(&w->f, d, t->name);
	take(w, t);
}
static UNUSED void give(struct world *w, struct taken *t)
{
	ok(store_put_sync(w->f.shared, t->name, buf_span(&t->body)));
	buf_free(&t->body);
}

/* write_a: and what b says it has. */
static UNUSED void write_a(struct world *w, const char *path, struct taken *t)
{
	ship_must(w->a, DEED_WRITE, path, "of a");
	ship_step(w->a);
	ship_step(w->b);
	take_commit(w, w->a, t);
}

static UNUSED void later(struct world *w, int64_t seconds)
{
	w->now += seconds * NS_PER_S;
}

/* look: as a poll that reads the heads; the alarm of what is lacking is no error of it. */
static UNUSED void look(struct ship *d)
{
	ship_step(d);
}

static UNUSED void reopen(struct world *w)
{
	ship_restart(&w->f, w->c);
	listen(w);
}

/* lasting: c knows. */
static UNUSED void lasting(struct world *w)
{
	look(w->c);
	later(w, LACK_LASTS_S);
	look(w->c);
	assert_true(is_alarm(w->c));
}
