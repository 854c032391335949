/* SPDX-License-Identifier: MIT */
#include "tests/sim/crew.h"

#include "cache/base.h"
#include "util/cleanup.h"

#define TURNS_MAX 20000 /* of one thing that has to come to an end */
/* --- fibers to their end --- */
bool crew_until(struct world *w, struct device *d, const struct fiber *f)
{
	for (unsigned i = 0; i < TURNS_MAX && !fiber_ended(f); i++) {
		if (host_run(crew_bit(d), 1, prng(&w->r)) || net_deliver(w->net, d->no, 0, FATE_DONE))
			continue;
		int64_t due = fibers_due(crew_bit(d));
		if (due == FIBER_NEVER)
			return false;
		host_advance(due > host_now() ? due - host_now() : 0);
	}
	return fiber_ended(f);
}

err_t crew_call(struct world *w, struct device *d, fiber_fn fn)
{
	struct call c = { w, d, ERR_OK, { 0 } };
	struct fiber *f = fiber_new(d->no, fn, &c);
	if (!crew_until(w, d, f)) {
		fprintf(stderr, "sim: a call on device %u does not end\n", d->no);
		abort();
	}
	fiber_free(f);
	return c.e;
}

bool crew_step(void *ctx, unsigned owner)
{
	struct world *w = ctx;
	return owner < w->n && device_step(&w->dev[owner]);
}

/* --- life of devices --- */
static void *opening(void *ctx)
{
	struct call *c = ctx;
	c->e = device_open(c->d);
	return NULL;
}
static void *closing(void *ctx)
{
	device_close(((struct call *)ctx)->d);
	return NULL;
}
static void *making(void *ctx)
{
	struct call *c = ctx;
	c->e = device_make(c->d, &c->w->vault);
	return NULL;
}
static void *joining(void *ctx)
{
	struct call *c = ctx;
	char name[16];
	snprintf(name, sizeof(name), "device %u", c->d->no);
	c->e = device_join(c->d, name);
	return NULL;
}

static void forget_fibers(struct device *d)
{
	struct fiber **all[] = { &d->engine, &d->user };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (*all[i])
			fiber_free(steal_ptr(*all[i]));
}

void crew_reopen(struct world *w, struct device *d)
{
	err_t e = crew_call(w, d, opening);
	if (e)
		journal_line(w->j, "{\"e\":\"broken\",\"d\":%u,\"said\":\"%s\"}", d->no, err_text(e));
}

/* Its store answers nothing meanwhile. */
void crew_down(struct world *w, struct device *d, bool dead)
{
	if (dead)
		device_cut(d);
	net_offline(w->net, d->no, true);
	(void)crew_call(w, d, closing);
	net_offline(w->net, d->no, false);
	forget_fibers(d);
}

void crew_bury(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct device *d = &w->dev[i];
		if (!d->open || !d->dead)
			continue;
		crew_down(w, d, true);
		d->finished = d->durable;
		journal_line(w->j, "{\"e\":\"crash\",\"d\":%u,\"durable\":%llu}", i, (unsigned long long)d->durable);
		crew_reopen(w, d);
	}
}

struct device *crew_fresh(struct world *w)
{
	struct device *d = &w->dev[w->n];
	*d = (struct device){ .no = w->n++, .net = w->net, .vault = w->vault, .crash_in = -1 };
	d->checkpoint_min = 1 + prng_pick(&w->r, 20000);
	return d;
}

err_t crew_join(struct world *w)
{
	struct device *d = crew_fresh(w);
	err_t e = crew_call(w, d, joining);
	journal_line(w->j, "{\"e\":\"join\",\"d\":%u,\"r\":\"%s\"}", d->no, e ? err_text(e) : "");
	return e;
}

void *crew_close_handles(void *ctx)
{
	struct device *d = ((struct call *)ctx)->d;
	for (unsigned i = 0; i < DEVICE_HANDLES; i++)
		if (d->handle[i])
			fs_file_close(d->fs, steal_ptr(d->handle[i]));
	return NULL;
}

void crew_background(struct world *w, uint64_t pick)
{
	(void)host_run((UINT64_C(1) << w->n) - 1, 60, pick);
}

void crew_make(struct world *w)
{
	if (!crew_call(w, crew_fresh(w), making))
		return;
	fprintf(stderr, "sim: no vault\n");
	abort();
}
