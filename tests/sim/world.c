/* SPDX-License-Identifier: MIT
 * The scheduler. Every event runs some fibers and delivers some requests; between events nothing moves.
 */
#include "tests/sim/world.h"

#include "tests/sim/events.h"
#include "tests/sim/rounds.h"
#include "util/cleanup.h"
#include "vault/keys/header.h"

#define PASSES_MAX 25 /* at the end, until all agree */

static void begin(struct world *w)
{
	crew_make(w);
	for (unsigned i = 1; i < PLAN_DEVICES; i++)
		crew_join(w);
}

static uint64_t progress(struct world *w)
{
	uint64_t all = 0;
	for (unsigned i = 0; i < w->n; i++) {
		struct sync_status st = { .commits = 0 };
		if (w->dev[i].open)
			sync_status(w->dev[i].sync, &st);
		all += st.commits + st.height;
	}
	return all;
}

/* settle: no faults any more; rounds until nobody has anything new for anybody. */
static void settle(struct world *w)
{
	unsigned quiet = 0, passes = 0;
	while (quiet < 2 && passes++ < PASSES_MAX) {
		uint64_t before = progress(w);
		for (unsigned i = 0; i < w->n; i++)
			if (w->dev[i].open)
				(void)round_whole(w, &w->dev[i]);
		host_advance(2 * NS_PER_S);
		crew_background(w, prng(&w->r));
		quiet = progress(w) == before ? quiet + 1 : 0;
	}
	journal_line(w->j, "{\"e\":\"settled\",\"passes\":%u,\"quiet\":%u}", passes, quiet);
}

static void *telling(void *ctx)
{
	struct call *c = ctx;
	journal_device(c->w->j, c->d);
	return NULL;
}

static void faults_end(struct world *w)
{
	while (net_late(w->net, 0))
		;
	net_release(w->net);
	net_reveal(w->net);
	for (unsigned i = 0; i < w->n; i++) {
		struct device *d = &w->dev[i];
		net_offline(w->net, i, false);
		d->crash_in = -1;
		if (!d->open)
			continue;
		if (d->user && crew_until(w, d, d->user))
			fiber_free(steal_ptr(d->user));
		(void)crew_call(w, d, crew_close_handles);
	}
}

static void end(struct world *w)
{
	faults_end(w);
	settle(w);
	crew_join(w); /* whoever comes now gets everything from the store alone */
	settle(w);
	for (unsigned i = 0; i < w->n; i++)
		if (w->dev[i].open)
			(void)crew_call(w, &w->dev[i], telling);
}

static void world_free(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct device *d = &w->dev[i];
		if (d->fs)
			crew_down(w, d, true);
		device_free(d);
	}
	net_free(w->net);
	header_freep(&w->header);
}

void world_run(const struct plan *p, struct journal *j)
{
	struct world *w = calloc(1, sizeof(*w));
	if (!w)
		abort();
	host_begin(p->seed, p->narrow);
	w->j = j;
	w->r = p->seed;
	w->turn_ops = plan_turn_ops(p->kind);
	w->net = net_new(crew_step, w);
	net_watch(w->net, journal_object, j);
	journal_line(j, "{\"e\":\"begin\",\"kind\":\"%s\",\"seed\":%llu}", p->kind, (unsigned long long)p->seed);
	begin(w);
	for (size_t i = 0; i < p->n; i++) {
		char text[160];
		plan_text(&p->list[i], text, sizeof(text));
		journal_line(j, "{\"e\":\"event\",\"i\":%zu,\"said\":\"%s\",\"at\":%lld,\"turns\":%llu}", i, text,
		             (long long)host_now(), (unsigned long long)host_count());
		event_happen(w, &p->list[i]);
	}
	end(w);
	world_free(w);
	free(w);
}
