/* SPDX-License-Identifier: MIT
 * The retry layer: tries again what may pass, remembers what does not. A gate keeps a store from being hammered: after
 * a failure that is the store's it answers everything with the same error until its time has passed, which grows with
 * each such failure. Any success opens it. A failure that may be of one object alone closes it only when it is the
 * third in a row, of those that read or of those that write: a store that may only be read is read.
 */
#include "remote/layers/retry.h"

#include "remote/requests/store_op.h"
#include "remote/requests/sync_calls.h"
#include "remote/requests/timer.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/trace.h"

#include <stddef.h>
#include <string.h>
#include <sys/random.h>

#define DEFAULT_MAX_WAIT_MS 60000u
#define FIRST_WAIT_MS 200u
#define FIRST_GATE_MS 1000u
#define READER_MAX_WAIT_MS 10000u /* a reader rather gets an error than waits longer for one more try */
#define ALONE_ROW 3u
#define DENIED_WAITS 16u /* times max_wait_ms: servers lock an account at which wrong passwords are tried */
#define RENEWED_TRIES 3u /* of one request, when each time other credentials are found */
#define PACE_MS 200u     /* a caller that loops on a closed gate is slowed down by this */

struct retry {
	struct store base;
	struct store *inner;
	struct timer *timer;
	unsigned max_wait_ms;
	pthread_mutex_t lock;
	struct store_state state; /* lock */
	bool closing;             /* lock */
	err_t gate;               /* lock: ERR_OK: open */
	bool gate_writes;         /* lock: closed for those that write alone */
	int64_t gate_until;       /* lock: mono ns */
	unsigned gate_ms;         /* lock: how long the next closing lasts */
	int64_t last_ok;          /* lock: mono ns of the newest success */
	unsigned alone[2];        /* lock: requests that read, that write, and failed so since the last such success */
	char gate_text[256];      /* lock */
	struct refusals refusals; /* lock */
};
struct retry_op {
	struct store_op op;
	struct retry *owner;
	struct timer_entry timer;
	struct store_answer answer;
	int64_t started;
	unsigned tries;
	err_t refused; /* by the gate: only to be answered */
};

unsigned retry_wait_ms(unsigned tries, unsigned asked_ms, unsigned max_ms, uint32_t random)
{
	uint64_t wait = (uint64_t)FIRST_WAIT_MS << MIN(tries ? tries - 1 : 0, 20u);
	wait = MIN(wait, (uint64_t)max_ms);
	wait = wait / 2 + random % (wait / 2 + 1);
	return (unsigned)MIN(MAX(wait, (uint64_t)asked_ms), (uint64_t)max_ms);
}

unsigned retry_tries(err_t e, bool reader_waits)
{
	switch (e) {
	case ERR_NET:
		return reader_waits ? 4 : 5;
	case ERR_TIMEOUT:
		return 2;
	case ERR_DAMAGED:
		return 3;
	default:
		return 1;
	}
}

static bool is_answer(err_t e)
{
	return e == ERR_OK || e == ERR_NOTFOUND;
}

static bool writes(const struct retry_op *op)
{
	return op->op.kind != STORE_GET;
}

/* Closes the gate after a failure that will not go away by asking again at once. Caller holds the lock. */
static void close_gate(struct retry *s, const struct retry_op *op, err_t e)
{
	int64_t now = clock_mono();
	if (now >= s->gate_until) {
		const unsigned most = s->max_wait_ms * (e == ERR_DENIED ? DENIED_WAITS : 1);
		unsigned ms = MIN(MAX(s->gate_ms, op->answer.retry_after_ms), most);
		s->gate_until = now + ms * NS_PER_MS;
		s->gate_ms = MIN(s->gate_ms * 2, most);
		s->state.retry_at = clock_wall() + ms * NS_PER_MS;
	}
	s->gate = e;
	s->gate_writes = e == ERR_STOREFULL || (e == ERR_REFUSED && writes(op));
	memcpy(s->gate_text, s->state.last_text, sizeof(s->gate_text));
}

static void open_gate(struct retry *s)
{
	s->gate = ERR_OK;
	s->gate_writes = false;
	s->gate_until = s->state.retry_at = 0;
	s->gate_ms = MIN(FIRST_GATE_MS, s->max_wait_ms);
}

/* What a finished try says about the store. Caller holds the lock. */
static void note(struct retry *s, err_t e, const char *text)
{
	s->state.requests++;
	if (e == ERR_CANCELED)
		return;
	bool answered = is_answer(e);
	const char *words = *text ? text : err_text(e);
	s->state.last_error = answered ? ERR_OK : e;
	snprintf(s->state.last_text, sizeof(s->state.last_text), "%s", answered ? "" : words);
	s->state.online = answered || e == ERR_REFUSED || e == ERR_LIMIT || e == ERR_DAMAGED || e == ERR_STOREFULL;
	if (!answered)
		s->state.errors++;
	if (answered && !s->gate_writes)
		open_gate(s);
	if (answered)
		s->last_ok = clock_mono();
}

/* answered: of that kind, so no row of failures is the store's. Caller holds the lock. */
static void answered(struct retry *s, const struct retry_op *op)
{
	s->alone[writes(op)] = 0;
	refusals_answered(&s->refusals, &op->op);
	if (s->gate_writes && (s->gate == ERR_REFUSED ? writes(op) : op->op.kind == STORE_PUT))
		open_gate(s);
}

/* alone: a failure that is an object's alone, so far. Caller holds the lock. */
static bool alone(struct retry *s, const struct retry_op *op, err_t e)
{
	if (e != ERR_REFUSED && !op->answer.alone)
		return false;
	if (++s->alone[writes(op)] >= ALONE_ROW) {
		s->refusals.n = 0; /* these are the store's as well */
		return false;
	}
	const char *text = op->answer.text;
	refusals_add(&s->refusals, &op->op, *text ? text : err_text(e));
	return true;
}

/* What is only known once no further try follows; what is to be answered. Caller holds the lock. */
static err_t conclude(struct retry *s, const struct retry_op *op, err_t e, const struct buf *body)
{
	if (!e && op->op.kind == STORE_PUT)
		s->state.sent += op->op.r.body.len;
	if (!e && body)
		s->state.received += body->len;
	if (is_answer(e))
		answered(s, op);
	if (alone(s, op, e))
		return e == ERR_NET ? ERR_REFUSED : e;
	bool outage = (e == ERR_NET || e == ERR_TIMEOUT) && s->last_ok < op->started;
	if (outage || e == ERR_DENIED || e == ERR_REFUSED || e == ERR_STOREFULL || e == ERR_CLOCK || e == ERR_NOSTORE ||
	    e == ERR_TLS)
		close_gate(s, op, e);
	return e;
}

static void answer(struct retry_op *op, err_t e, struct buf *body)
{
	if (op->op.r.answer)
		*op->op.r.answer = op->answer;
	store_op_answer(&op->op, e, body);
}

/* How long until the next try; 0: no further one. Caller holds the lock. */
static unsigned next_try(struct retry *s, const struct retry_op *op, err_t e)
{
	bool reader = op->op.r.urgency == STORE_READER_WAITS;
	uint32_t random = 0;
	if (s->closing)
		return 0;
	if (op->answer.renewed && op->tries < RENEWED_TRIES)
		return 1;
	if (op->tries >= retry_tries(e, reader))
		return 0;
	if (getrandom(&random, sizeof(random), 0) < 0)
		random = (uint32_t)clock_mono();
	unsigned ms = retry_wait_ms(op->tries, op->answer.retry_after_ms, s->max_wait_ms, random);
	return reader && ms > READER_MAX_WAIT_MS ? 0 : MAX(ms, 1u);
}

static void on_done(void *ctx, err_t e, struct buf *body)
{
	struct retry_op *op = ctx;
	struct retry *s = op->owner;
	pthread_mutex_lock(&s->lock);
	note(s, e, op->answer.text);
	unsigned ms = next_try(s, op, e);
	err_t is = e;
	if (ms)
		s->state.retry_at = clock_wall() + ms * NS_PER_MS;
	else
		is = conclude(s, op, e, body);
	pthread_mutex_unlock(&s->lock);
	TRACE(store_end, op->op.kind, op->op.name, body ? body->len : 0, e);
	static const char *const kinds[] = { "put", "get", "delete" };
	log_debug(AREA_REMOTE, "%s %s, try %u: %s", kinds[op->op.kind], op->op.name, op->tries,
	          e && op->answer.text[0] ? op->answer.text : err_text(e));
	if (ms)
		timer_add(s->timer, &op->timer, clock_mono() + ms * NS_PER_MS);
	else
		answer(op, is, body);
}

static void pass(struct retry_op *op)
{
	struct store_request r = op->op.r;
	log_operation_as(op->op.operation);
	op->answer = (struct store_answer){ 0 };
	op->tries++;
	r.done = on_done;
	r.ctx = op;
	r.answer = &op->answer;
	TRACE(store_begin, op->op.kind, op->op.name, r.body.len);
	store_op_submit(op->owner->inner, op->op.kind, &r);
}

static void fire(struct timer_entry *e)
{
	struct retry_op *op = (struct retry_op *)((char *)e - offsetof(struct retry_op, timer));
	struct retry *s = op->owner;
	if (op->refused) {
		answer(op, op->refused, NULL);
		return;
	}
	pthread_mutex_lock(&s->lock);
	if (!s->gate)
		s->state.retry_at = 0;
	pthread_mutex_unlock(&s->lock);
	pass(op);
}

/* ERR_OK when the gate lets `op` through. */
static err_t at_gate(struct retry *s, struct retry_op *op)
{
	guard(&s->lock);
	bool closed = s->gate && clock_mono() < s->gate_until;
	bool reads = s->gate == ERR_STOREFULL ? op->op.kind != STORE_PUT : !writes(op);
	if (s->closing || !closed || (s->gate_writes && reads))
		return ERR_OK;
	snprintf(op->answer.text, sizeof(op->answer.text), "%s", s->gate_text);
	return s->gate;
}

static void submit(struct store *base, enum store_op_kind kind, const struct store_request *r)
{
	struct retry *s = (struct retry *)base;
	struct retry_op *op = store_op_new(sizeof(*op), kind, r);
	if (!op)
		return;
	op->owner = s;
	op->timer.fire = fire;
	op->started = clock_mono();
	op->refused = at_gate(s, op);
	if (op->refused) /* through the timer: never on the caller's thread */
		timer_add(s->timer, &op->timer,
		          op->started + (r->urgency == STORE_READER_WAITS ? 0 : PACE_MS * NS_PER_MS));
	else
		pass(op);
}

static void retry_put(struct store *s, const struct store_request *r)
{
	submit(s, STORE_PUT, r);
}

static void retry_get(struct store *s, const struct store_request *r)
{
	submit(s, STORE_GET, r);
}

static void retry_del(struct store *s, const struct store_request *r)
{
	submit(s, STORE_DEL, r);
}

static err_t retry_list(struct store *base, store_list_fn fn, void *ctx)
{
	struct retry *s = (struct retry *)base;
	err_t e = s->inner->ops->list(s->inner, fn, ctx);
	guard(&s->lock);
	note(s, e, "");
	return e;
}

/* check: the person waits and may just have changed something, so it asks in any case. */
static err_t retry_check(struct store *base, bool create, struct why *why)
{
	struct retry *s = (struct retry *)base;
	struct why own = { "" };
	err_t e = s->inner->ops->check(s->inner, create, &own);
	guard(&s->lock);
	note(s, e, own.text);
	if (e)
		return why_set(why, e, "%s", *own.text ? own.text : err_text(e));
	open_gate(s);
	return ERR_OK;
}

/* look: likewise; a place that is not there is no failure of the link. */
static err_t retry_look(struct store *s, struct store_place *ret, struct why *why)
{
	struct store *inner = ((struct retry *)s)->inner;
	return inner->ops->look(inner, ret, why);
}

static void retry_shutdown(struct store *base)
{
	struct retry *s = (struct retry *)base;
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_mutex_unlock(&s->lock);
	s->inner->ops->shutdown(s->inner);
	timer_rush(s->timer);              /* what waited is passed on, and answered ERR_CANCELED below ... */
	s->inner->ops->shutdown(s->inner); /* ... which this waits for */
}

static void retry_destroy(struct store *base)
{
	struct retry *s = (struct retry *)base;
	timer_free(s->timer);
	s->inner->ops->destroy(s->inner);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void retry_limit(struct store *base, uint64_t up, uint64_t down)
{
	struct store *inner = ((struct retry *)base)->inner;
	inner->ops->limit(inner, up, down);
}

static void retry_whose(struct store *base, char out[STORE_WHOSE_MAX])
{
	store_whose(((struct retry *)base)->inner, out);
}

static const struct store_ops retry_ops = { retry_put,      retry_get,     retry_del,   retry_list, retry_check,
	                                    retry_shutdown, retry_destroy, retry_limit, retry_look, retry_whose };

struct store *store_retry_new(struct store *inner, unsigned max_wait_ms)
{
	struct retry *s = inner ? calloc(1, sizeof(*s)) : NULL;
	if (!s || timer_new(&s->timer)) {
		free(s);
		store_close(inner);
		return NULL;
	}
	s->base.ops = &retry_ops;
	s->inner = inner;
	s->max_wait_ms = max_wait_ms ? max_wait_ms : DEFAULT_MAX_WAIT_MS;
	s->state.online = true;
	pthread_mutex_init(&s->lock, NULL);
	open_gate(s);
	return &s->base;
}

void store_state_of(struct store *base, struct store_state *ret)
{
	struct retry *s = (struct retry *)base;
	*ret = (struct store_state){ .online = true };
	if (base->ops != &retry_ops)
		return;
	struct store_refusal some[REFUSALS_MAX];
	guard(&s->lock);
	*ret = s->state;
	if (refusals_now(&s->refusals, some))
		memcpy(ret->refused, some[0].text, sizeof(ret->refused));
	else if (s->gate == ERR_REFUSED)
		memcpy(ret->refused, s->gate_text, sizeof(ret->refused));
}

void store_retry_now(struct store *base)
{
	struct retry *s = (struct retry *)base;
	if (base->ops != &retry_ops)
		return;
	pthread_mutex_lock(&s->lock);
	open_gate(s);
	memset(s->alone, 0, sizeof(s->alone));
	s->refusals.n = 0; /* what is still refused is named again */
	pthread_mutex_unlock(&s->lock);
	timer_kick(s->timer);
}

size_t store_refusals(struct store *base, struct store_refusal ret[REFUSALS_MAX])
{
	struct retry *s = (struct retry *)base;
	if (base->ops != &retry_ops)
		return 0;
	guard(&s->lock);
	return refusals_now(&s->refusals, ret);
}
