/* SPDX-License-Identifier: MIT
 * The scheduler. Every event runs some fibers and delivers some requests; between events nothing moves.
 */
#include "tests/sim/world.h"

#include "sync/core/state_form.h"
#include "tests/sim/events.h"
#include "tests/sim/rounds.h"
#include "util/cleanup.h"

#include <sys/resource.h>

#define PASSES_MAX 25 /* at the end, until all agree */

static void begin(struct world *w)
{
	crew_make(w);
	for (unsigned i = 1; i < PLAN_DEVICES; i++)
		(void)crew_join(w);
}

/* on_put: an object of the store got a body. */
static void on_put(void *ctx, const char *name, struct span body)
{
	struct world *w = ctx;
	journal_object(w->j, name, body);
	journal_commit(w->j, w->dev[0].keyring, name, body);
}

/* progress: what all devices have applied; something else whenever any of them gets further. Whether that is the same
 * of all, and of nobody anything waits for the store. */
static bool progress(struct world *w, struct buf *ret)
{
	cleanup(buf_free) struct buf v = BUF_INIT;
	bool alike = true;
	buf_clear(ret);
	for (unsigned i = 0; i < w->n; i++) {
		struct device *d = &w->dev[i];
		struct saved now;
		if (!d->open)
			continue;
		if (map_get(d->map, MAP_STATE, span_str(STATE_DIGEST), &v))
			abort();
		alike &= !ret->len || !span_cmp(buf_span(&v), SPAN(ret->p, MIN(v.len, ret->len)));
		buf_put(ret, v.p, v.len);
		sync_saved(d->sync, 0, &now);
		alike &= now.yes;
	}
	if (ret->failed)
		abort();
	return alike;
}

/* settle: no faults any more; rounds until nobody has anything new for anybody: once more where all have the same,
 * twice where they have not. */
static void settle(struct world *w)
{
	cleanup(buf_free) struct buf before = BUF_INIT, after = BUF_INIT;
	unsigned quiet = 0, passes = 0;
	(void)progress(w, &before);
	while (quiet < 2 && passes++ < PASSES_MAX) {
		for (unsigned i = 0; i < w->n; i++)
			if (w->dev[i].open)
				(void)round_whole(w, &w->dev[i]);
		host_advance(2 * NS_PER_S);
		crew_background(w, prng(&w->r));
		const unsigned more = progress(w, &after) ? 2 : 1;
		quiet = span_cmp(buf_span(&after), buf_span(&before)) ? 0 : quiet + more;
		const struct buf was = before;
		before = after;
		after = was;
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
	(void)crew_join(w); /* whoever comes now gets everything from the store alone */
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
	device_vault_freep(&w->vault);
}

static int64_t us_of(int who)
{
	struct rusage u;
	if (getrusage(who, &u))
		abort();
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

int64_t world_us(void)
{
	return us_of(RUSAGE_SELF) + us_of(RUSAGE_CHILDREN);
}

int64_t world_run(const struct plan *p, struct journal *j)
{
	struct world *w = calloc(1, sizeof(*w));
	if (!w)
		abort();
	host_begin(p->seed, p->narrow);
	host_keys_hashed(p->form >= 1);
	w->j = j;
	w->r = p->seed;
	w->asked = ~p->seed;
	w->turn_ops = plan_turn_ops(p->kind);
	w->durable = p->form >= 1;
	w->net = net_new(crew_step, w);
	net_watch(w->net, on_put, w);
	journal_line(j, "{\"e\":\"begin\",\"kind\":\"%s\",\"seed\":%llu}", p->kind, (unsigned long long)p->seed);
	begin(w);
	const int64_t begun = world_us();
	for (size_t i = 0; i < p->n; i++) {
		char text[160];
		plan_text(&p->list[i], text, sizeof(text));
		journal_line(j, "{\"e\":\"event\",\"i\":%zu,\"said\":\"%s\",\"at\":%lld,\"turns\":%llu}", i, text,
		             (long long)host_now(), (unsigned long long)host_count());
		event_happen(w, &p->list[i]);
	}
	const int64_t took = world_us() - begun;
	end(w);
	world_free(w);
	free(w);
	return took;
}
