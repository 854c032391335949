/* SPDX-License-Identifier: MIT */
#include "tests/sim/events.h"

#include "cache/base.h"
#include "fs/core/fs_state.h"
#include "fs/residency/evict.h"
#include "sync/core/epoch.h"
#include "sync/members/chain.h"
#include "tests/sim/rounds.h"
#include "util/cleanup.h"

#include <fcntl.h>

/* --- users --- */
static void *operating(void *ctx)
{
	struct call *c = ctx;
	op_run(c->w->j, c->d, ++c->w->ops, &c->op);
	free(c);
	return NULL;
}

static void user_end(struct device *d)
{
	if (d->user && fiber_ended(d->user))
		fiber_free(steal_ptr(d->user));
}

/* user: one operation; it is left in the middle when the device dies. */
static void user(struct world *w, struct device *d, struct op_numbers op)
{
	if (!d->open || d->dead || d->user)
		return;
	struct call *c = malloc(sizeof(*c));
	if (!c)
		abort();
	*c = (struct call){ w, d, ERR_OK, op };
	d->user = fiber_new(d->no, operating, c);
	for (unsigned i = 0; i < 400 && !d->dead && !fiber_ended(d->user); i++)
		if (!host_run(crew_bit(d), 1, prng(&w->r)) && !net_deliver(w->net, d->no, 0, FATE_DONE))
			break;
	user_end(d);
}

static struct op_numbers some_op(const struct world *w, uint64_t *r)
{
	struct op_numbers n = { .kind = plan_some_op(w->turn_ops, r) };
	n.a = prng_pick(r, 10000);
	n.b = prng_pick(r, 10000);
	n.c = prng_pick(r, 10000);
	return n;
}

/* --- more of what happens --- */
static void *committing(void *ctx)
{
	struct call *c = ctx;
	c->e = map_commit(c->d->map);
	return NULL;
}

static void *evicting(void *ctx)
{
	struct call *c = ctx;
	struct fs *fs = c->d->fs;
	uint64_t limit = fs->cache_size.limit;
	fs->cache_size.limit = 1;
	for (unsigned i = 0; i < 20 && evict_run(fs); i++)
		;
	fs->cache_size.limit = limit;
	return NULL;
}

/* turn: a hand-over. */
static void turn(struct world *w, struct device *d, unsigned ops, unsigned faults, uint64_t seed)
{
	uint64_t r = seed;
	rounds_rough(w, d, faults, &r);
	journal_line(w->j, "{\"e\":\"turn\",\"d\":%u}", d->no);
	while (ops--) {
		user(w, d, some_op(w, &r));
		if (prng_pick(&r, 6) == 0)
			(void)crew_call(w, d, committing);
		if (faults && prng_pick(&r, 12) == 0) {
			device_cut(d);
			crew_bury(w);
		}
	}
	(void)crew_call(w, d, crew_close_handles);
	rounds_rough(w, d, faults, &r);
}

static void ops_and_round(struct world *w, struct device *d, unsigned ops, uint64_t *r)
{
	while (ops--)
		user(w, d, some_op(w, r));
	(void)round_whole(w, d);
}

/* part: `a` publishes more than `b`: whoever saw only b's has to go back. */
static void part(struct world *w, struct device *a, unsigned ops, uint64_t seed)
{
	uint64_t r = seed;
	struct device *b = &w->dev[(a->no + 1) % w->n], *c = &w->dev[(a->no + 2) % w->n];
	if (!b->open || !c->open || c == a)
		return;
	struct device *all[] = { a, b, c, a, b };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		(void)round_whole(w, all[i]);
	user(w, c, (struct op_numbers){ op_named("open"), prng_pick(&r, 100), 0, 0 });
	net_veil(w->net, a->no, b->no);
	net_veil(w->net, b->no, a->no);
	ops_and_round(w, b, ops, &r);
	(void)round_whole(w, c);
	ops_and_round(w, a, ops, &r);
	ops_and_round(w, a, ops, &r);
	(void)round_whole(w, c);
	(void)crew_call(w, c, crew_close_handles);
}

static void restart(struct world *w, struct device *d, unsigned checkpoint_min)
{
	crew_down(w, d, false);
	d->checkpoint_min = checkpoint_min;
	journal_line(w->j, "{\"e\":\"restart\",\"d\":%u}", d->no);
	crew_reopen(w, d);
}

static void restore(struct world *w, struct device *d)
{
	if (!d->backup)
		return;
	crew_down(w, d, true);
	base_freep(&d->after);
	d->after = steal_ptr(d->backup);
	d->finished = d->durable = d->backup_durable;
	journal_line(w->j, "{\"e\":\"restore\",\"d\":%u,\"durable\":%llu}", d->no, (unsigned long long)d->durable);
	crew_reopen(w, d);
}

static void *unlocking(void *ctx)
{
	struct call *c = ctx;
	c->e = device_unlock(c->d);
	return NULL;
}

static void copy_runs(struct world *w, struct device *of)
{
	if (w->n == CREW_MAX - 1)
		return;
	struct device *d = crew_fresh(w);
	d->card = of->card;
	d->after = device_image(of);
	d->finished = d->durable = of->durable;
	if (crew_call(w, d, unlocking))
		abort();
	journal_line(w->j, "{\"e\":\"clone\",\"d\":%u,\"of\":%u,\"durable\":%llu}", d->no, of->no,
	             (unsigned long long)d->durable);
	crew_reopen(w, d);
}

/* --- each kind of event --- */
typedef void (*event_fn)(struct world *w, struct device *d, const struct event *e);

static void on_user(struct world *w, struct device *d, const struct event *e)
{
	user(w, d, (struct op_numbers){ (unsigned)e->n[0], (unsigned)e->n[1], (unsigned)e->n[2], (unsigned)e->n[3] });
}
static void on_round(struct world *w, struct device *d, const struct event *e)
{
	round_part(w, d, (unsigned)e->n[0], (unsigned)e->n[1], e->n[2]);
}
static void on_run(struct world *w, struct device *d, const struct event *e)
{
	(void)w;
	(void)host_run(crew_bit(d), (unsigned)e->n[0], e->n[1]);
}
static void on_tick(struct world *w, struct device *d, const struct event *e)
{
	(void)d;
	host_advance((int64_t)e->n[0] * NS_PER_MS);
	crew_background(w, e->n[1]);
}
static void on_wall(struct world *w, struct device *d, const struct event *e)
{
	(void)w;
	host_wall_step(d->no, (int64_t)(e->n[0] / 2) * (e->n[0] % 2 ? -NS_PER_S : NS_PER_S));
}
static void on_commit(struct world *w, struct device *d, const struct event *e)
{
	(void)e;
	(void)crew_call(w, d, committing);
}
static void on_crash(struct world *w, struct device *d, const struct event *e)
{
	(void)w;
	d->crash_in = (int)e->n[0];
	if (!e->n[0])
		device_cut(d);
}
static void on_restart(struct world *w, struct device *d, const struct event *e)
{
	restart(w, d, (unsigned)e->n[0]);
}
static void on_offline(struct world *w, struct device *d, const struct event *e)
{
	net_offline(w->net, d->no, e->n[0]);
}
static void on_backup(struct world *w, struct device *d, const struct event *e)
{
	(void)w, (void)e;
	base_freep(&d->backup);
	d->backup = device_image(d);
	d->backup_durable = d->durable;
}
static void on_restore(struct world *w, struct device *d, const struct event *e)
{
	(void)e;
	restore(w, d);
}
static void on_clone(struct world *w, struct device *d, const struct event *e)
{
	(void)e;
	copy_runs(w, d);
}
static void on_withhold(struct world *w, struct device *d, const struct event *e)
{
	net_withhold(w->net, d->no, e->n[0]);
}
static void on_veil(struct world *w, struct device *d, const struct event *e)
{
	unsigned other = (unsigned)(e->n[0] % w->n);
	net_veil(w->net, d->no, other);
	net_veil(w->net, other, d->no);
}
static void on_release(struct world *w, struct device *d, const struct event *e)
{
	(void)d, (void)e;
	net_release(w->net);
	net_reveal(w->net);
}
static void on_late(struct world *w, struct device *d, const struct event *e)
{
	(void)d;
	(void)net_late(w->net, e->n[0]);
}
static void on_evict(struct world *w, struct device *d, const struct event *e)
{
	(void)e;
	(void)crew_call(w, d, evicting);
}
static void on_join(struct world *w, struct device *d, const struct event *e)
{
	(void)d, (void)e;
	if (w->n < CREW_MAX - 1)
		(void)crew_join(w);
}
/* letter_name: false: it has put none there. */
static bool letter_name(struct device *d, char name[OBJECT_NAME])
{
	cleanup(epoch_wipe) struct epoch epoch = { 0 };
	struct chain said;
	return !chain_get(d->map, &said) && said.letter == CHAIN_PLACED &&
	       !epoch_open(d->keyring, said.epoch, &epoch) && !name_join(&epoch.names, said.place, name);
}

/* on_lose: the place of the mailbox that the device's statement is at; it takes one again at its next start. */
static void on_lose(struct world *w, struct device *d, const struct event *e)
{
	char name[OBJECT_NAME];
	if (!letter_name(d, name))
		return;
	net_lose(w->net, name);
	restart(w, d, (unsigned)e->n[0]);
	(void)round_whole(w, d); /* until then nobody new to it can know that it publishes */
}
static void on_turn(struct world *w, struct device *d, const struct event *e)
{
	turn(w, d, (unsigned)e->n[0], (unsigned)e->n[1], e->n[2]);
}

static void on_part(struct world *w, struct device *d, const struct event *e)
{
	part(w, d, (unsigned)e->n[0], e->n[2]);
}

static const event_fn acts[EVENT_KINDS] = {
	[EVENT_USER] = on_user,         [EVENT_ROUND] = on_round,     [EVENT_RUN] = on_run,
	[EVENT_TICK] = on_tick,         [EVENT_WALL] = on_wall,       [EVENT_COMMIT] = on_commit,
	[EVENT_CRASH] = on_crash,       [EVENT_RESTART] = on_restart, [EVENT_OFFLINE] = on_offline,
	[EVENT_BACKUP] = on_backup,     [EVENT_RESTORE] = on_restore, [EVENT_CLONE] = on_clone,
	[EVENT_WITHHOLD] = on_withhold, [EVENT_VEIL] = on_veil,       [EVENT_RELEASE] = on_release,
	[EVENT_LATE] = on_late,         [EVENT_EVICT] = on_evict,     [EVENT_JOIN] = on_join,
	[EVENT_LOSE] = on_lose,         [EVENT_TURN] = on_turn,       [EVENT_PART] = on_part,
};

void event_happen(struct world *w, const struct event *e)
{
	struct device *d = &w->dev[e->device % w->n];
	user_end(d);
	if (!d->open && e->kind != EVENT_JOIN)
		return;
	acts[e->kind](w, d, e);
	round_tell(w, d);
	crew_bury(w);
}
