/* SPDX-License-Identifier: MIT */
#include "sync/publish/contents.h"

#include "sync/core/looks.h"
#include "sync/core/stored.h"
#include "sync/core/suspect.h"
#include "sync/core/sync_struct.h"
#include "sync/fetch/block_where.h"
#include "sync/publish/contents_mend.h"
#include "vault/objects/segment.h"

#define OBJECTS_TURN ((size_t)64)    /* looked for in one turn, at least */
#define TURNS_WEEK ((size_t)1000)    /* in which all come */
#define TURN_PERIOD (600 * NS_PER_S) /* between such turns */
#define WEEK_S (7 * 24 * INT64_C(3600))
#define ASKED_S INT64_C(60) /* how old a look may be for who waits */

struct turn {
	struct sync *s;
	bool asked;
	int64_t now; /* wall seconds */
	struct stored_list all;
	struct look *looks; /* of the first of `all` */
	size_t due, lost;
	bool whole;     /* no more are due than these */
	bool found;     /* something was lost that was not known to be */
	struct ops ops; /* what was seen */
};

static void turn_free(struct turn *t)
{
	stored_list_free(&t->all);
	ops_free(&t->ops);
	free(t->looks);
}

/* -- which ------------------------------------------------------------------------------------------------------- */

/* is_due: a look that is younger than the age, or, once the store is suspected, than that. A clock that was set back
 * makes it due. */
static bool is_due(const struct turn *t, const struct stored *x)
{
	const int64_t age = t->asked ? t->s->c.audit.asked_s : t->s->c.audit.age_s;
	const int64_t usual = t->asked ? ASKED_S : WEEK_S;
	const int64_t since = MAX(t->s->contents.suspect, t->asked ? t->s->contents.opened : 0);
	if (stored_is_lack(x) || x->looked < MAX(since, 1) || x->looked > t->now)
		return true;
	return t->now - x->looked >= (age ? age : usual);
}

static int order(const void *pa, const void *pb)
{
	const struct stored *a = pa, *b = pb;
	if (stored_is_lack(a) != stored_is_lack(b))
		return stored_is_lack(a) ? -1 : 1;
	if (a->sequence != b->sequence)
		return a->sequence > b->sequence ? -1 : 1;
	return id_cmp(a->segment, b->segment);
}

/* choose: those that are due come first, as many as the budget has. Who waits while the store is suspected waits for
 * all. */
static void choose(struct turn *t)
{
	const size_t least = t->s->c.audit.objects ? t->s->c.audit.objects : OBJECTS_TURN;
	size_t most = MAX(least, t->all.n / TURNS_WEEK + 1), n = 0;
	if (t->all.n)
		qsort(t->all.v, t->all.n, sizeof(*t->all.v), order);
	for (size_t i = 0; i < t->all.n; i++) {
		struct stored x = t->all.v[i];
		t->lost += stored_is_lack(&x);
		if (!is_due(t, &x))
			continue;
		t->all.v[i] = t->all.v[n];
		t->all.v[n++] = x;
	}
	t->due = t->asked && t->s->contents.suspect ? n : MIN(n, most);
	t->whole = t->due == n;
}

/* -- looking ----------------------------------------------------------------------------------------------------- */

/* size_of: of the object. Met by a reader before it was known: as its record says. */
static err_t size_of(struct turn *t, struct stored *x)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	if (x->size)
		return ERR_OK;
	err_t e = block_where_facts(t->s->c.map, x->segment, &f);
	if (!e)
		x->size = segment_size(&f);
	return e;
}

static err_t list_looks(struct turn *t)
{
	err_t e = ERR_OK;
	t->looks = calloc(t->due + 1, sizeof(*t->looks));
	if (!t->looks)
		return ERR_NOMEM;
	for (size_t i = 0; !e && i < t->due; i++) {
		struct stored *x = &t->all.v[i];
		e = size_of(t, x);
		if (e == ERR_NOTFOUND || e == ERR_DAMAGED) /* no record says what is in it: it stays as it is */
			e = ERR_OK;
		t->looks[i].at = x->size ? x->size - 1 : 0;
		name_id(x->segment, t->looks[i].name);
	}
	return e;
}

/* note_mended: more than what was given up is lost: a lack again. So is what is here and the store does not take. */
static void note_mended(struct stored *x, const struct mended *m)
{
	const uint32_t missing = (uint32_t)MIN(m->missing, UINT32_MAX);
	x->lost = m->is == MENDED_PARTLY;
	x->given &= x->lost && missing && missing <= x->missing;
	x->missing = x->lost ? missing : 0;
}

/* mend: what is missing, shorter, or was found damaged before. */
static err_t mend(struct turn *t, struct stored *x)
{
	struct mended m = { MENDED_PARTLY, 1 };
	bool before = x->lost, lack = stored_is_lack(x);
	err_t e = contents_mend(t->s, x->segment, &m);
	if (asked_alone(e)) {
		t->s->contents.unasked = e;
		return ERR_OK;
	}
	if (e == ERR_NOTFOUND) /* no record of it, so nothing of it is needed here */
		m.is = MENDED_NEEDLESS;
	if (e && e != ERR_NOTFOUND && e != ERR_DAMAGED) /* damaged: what is in it cannot be read here */
		return e;
	t->found |= !before;
	note_mended(x, &m);
	x->looked = stored_is_lack(x) ? 0 : t->now;
	t->lost += stored_is_lack(x) - lack;
	if (m.is == MENDED_NEEDLESS)
		stored_del(&t->ops, x->segment);
	else
		stored_put(&t->ops, x);
	return ERR_OK;
}

static err_t note(struct turn *t, size_t i)
{
	struct stored *x = &t->all.v[i];
	const err_t is = t->looks[i].result;
	if (!look_is_answer(is))
		t->s->contents.unasked = is; /* an error says nothing of it */
	else if (is || x->lost)
		return mend(t, x);
	if (is)
		return ERR_OK;
	x->looked = t->now;
	stored_put(&t->ops, x);
	return ERR_OK;
}

/* first_lost: of several one. */
static struct id first_lost(const struct turn *t)
{
	for (size_t i = 0; i < t->all.n; i++)
		if (stored_is_lack(&t->all.v[i]))
			return t->all.v[i].segment;
	return ID_ZERO;
}

static void name_lost(const struct turn *t)
{
	struct sync *s = t->s;
	struct transient_key k = transient_key(TRANSIENT_CONTENTS, ID_ZERO, 0);
	if (!t->lost)
		alarm_clear(s, &k);
	else
		alarm_transient(s, &k, &(struct alarm_about){ .kind = ALARM_CONTENTS_LOST, .object = first_lost(t) },
		                "the cloud lost or damaged contents of files, and not all of them are on this device");
}

/* keep: what was seen so far. */
static err_t keep(struct turn *t)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (stored_lost(t->s->c.map) != (t->lost != 0))
		stored_put_lost(&t->ops, t->lost != 0);
	err_t e = b ? ops_batch(&t->ops, b) : ERR_NOMEM;
	if (!e && !batch_empty(b))
		e = map_apply(t->s->c.map, b);
	if (!e && t->lost) /* before anybody is told: no power cut forgets it (saved.h) */
		e = map_sync(t->s->c.map);
	return e;
}

static err_t look(struct turn *t)
{
	err_t e = list_looks(t);
	if (!e)
		e = looks_run(t->s->c.store, t->looks, t->due);
	for (size_t i = 0; !e && i < t->due; i++)
		e = sync_stopping(t->s) ? ERR_CANCELED : note(t, i);
	err_t kept = keep(t);
	if (!e)
		name_lost(t);
	return e ? e : kept;
}

static bool turn_due(const struct sync *s, bool asked)
{
	const int64_t now = s->c.clock.mono(s->c.clock.ctx);
	const int64_t usual = s->c.audit.asked_s ? s->c.audit.asked_s : ASKED_S;
	if (!s->contents.looked || s->contents.suspect || s->contents.unasked)
		return true;
	if (!asked)
		return now - s->contents.looked >= TURN_PERIOD;
	return !s->contents.asked || stored_lost(s->c.map) || now - s->contents.asked >= usual * NS_PER_S;
}

/* one_turn: *ret: something was lost, and there is more to look at. */
static err_t one_turn(struct sync *s, bool asked, bool *ret)
{
	cleanup(turn_free) struct turn t = { .s = s, .asked = asked };
	t.now = s->c.clock.wall(s->c.clock.ctx) / NS_PER_S;
	err_t e = stored_all(s->c.map, &t.all);
	if (e)
		return e;
	choose(&t);
	s->contents.unasked = ERR_OK;
	e = look(&t);
	if (e)
		return e;
	s->contents.looked = s->c.clock.mono(s->c.clock.ctx);
	t.whole &= !s->contents.unasked;
	if (asked)
		s->contents.asked = s->contents.looked;
	if (t.whole)
		s->contents.suspect = 0;
	else if (t.found)
		sync_suspect(s);
	*ret = t.found && !t.whole && !s->contents.unasked;
	return ERR_OK;
}

err_t contents_run(struct sync *s, bool asked)
{
	bool more = turn_due(s, asked);
	err_t e = ERR_OK;
	do
		e = more ? one_turn(s, asked, &more) : ERR_OK;
	while (!e && more && asked && !sync_stopping(s));
	return e;
}
