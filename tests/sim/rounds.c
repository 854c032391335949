/* SPDX-License-Identifier: MIT */
#include "tests/sim/rounds.h"

#include "tests/sim/asked.h"

#define ROUNDS_CALM 12 /* until everything of a hand-over is out */
static enum fate fate_of(unsigned faults, uint64_t *r)
{
	return prng_pick(r, 100) < faults ? (enum fate)(1 + prng_pick(r, FATES - 1)) : FATE_DONE;
}

void round_part(struct world *w, struct device *d, unsigned answers, unsigned faults, uint64_t seed)
{
	device_round(d);
	while (!d->dead && d->engine && !fiber_ended(d->engine)) {
		(void)host_run(crew_bit(d), 30, prng(&seed));
		if (fiber_ended(d->engine) || !answers--)
			return;
		enum fate fate = fate_of(faults, &seed);
		if (!net_deliver(w->net, d->no, prng(&seed), fate))
			return;
	}
}

void round_tell(struct world *w, struct device *d)
{
	if (!d->open || d->dead || d->round_told || !d->engine || !fiber_ended(d->engine))
		return;
	d->round_told = true;
	journal_line(w->j, "{\"e\":\"round\",\"d\":%u,\"r\":\"%s\",\"out\":%d,\"upto\":%llu,\"dangling\":%u}", d->no,
	             d->round ? err_text(d->round) : "", d->round_out, (unsigned long long)d->round_from,
	             device_dangling(d));
	if (d->round_out) /* however the round ended */
		asked_tell(w, d);
}

/* ask: of a round that ended badly, and is not told. */
static void ask(struct world *w, struct device *d)
{
	if (d->open && !d->dead && d->engine && fiber_ended(d->engine) && d->round && d->round_out)
		asked_tell(w, d);
}

bool round_whole(struct world *w, struct device *d)
{
	device_round(d);
	if (!d->engine || !crew_until(w, d, d->engine))
		return false;
	round_tell(w, d);
	crew_bury(w);
	return d->open && !d->round;
}

static bool all_out(struct device *d)
{
	struct saved now;
	sync_saved(d->sync, 0, &now);
	return now.yes;
}

static void *durable(void *ctx)
{
	struct call *c = ctx;
	c->e = fs_sync(c->d->fs) ? ERR_IO : ERR_OK;
	return NULL;
}

/* rounds_calm: until everything is out; as `sync` does it, which makes everything durable here first: what was made and
 * removed is in no commit. */
static void rounds_calm(struct world *w, struct device *d)
{
	if (w->durable && d->open)
		(void)crew_call(w, d, durable);
	for (unsigned i = 0; i < ROUNDS_CALM && d->open; i++)
		if (round_whole(w, d) && all_out(d))
			return;
}

void rounds_rough(struct world *w, struct device *d, unsigned faults, uint64_t *r)
{
	for (unsigned tries = faults ? prng_pick(r, 4) : 0; tries; tries--) {
		if (prng_pick(r, 3) == 0)
			d->crash_in = (int)prng_pick(r, 40);
		uint64_t seed = prng(r); /* one draw a statement: the order of arguments is the compiler's */
		round_part(w, d, prng_pick(r, 30), faults, seed);
		ask(w, d);
		if (prng_pick(r, 2))
			device_cut(d);
		d->crash_in = -1;
		crew_bury(w);
	}
	net_reveal(w->net); /* a hand-over waits until what was published is seen */
	rounds_calm(w, d);
}
