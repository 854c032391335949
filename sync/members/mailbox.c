/* SPDX-License-Identifier: MIT
 * Reading the join mailbox: new places, and those that were read before, since a store can lose one, and the next
 * joiner takes it.
 */
#include "sync/members/mailbox.h"

#include "sync/core/alarm_object.h"
#include "sync/core/sync_struct.h"
#include "sync/members/letter.h"
#include "sync/members/statements.h"

#define BEHIND_ROUND 16   /* places of an earlier epoch, in one round */
#define MAILBOX_ROUND 256 /* places looked at in one round */

/* place_key: by the epoch's id: where it stands in the keyring changes. */
static struct transient_key place_key(const struct sync *s, uint32_t epoch, uint64_t place)
{
	struct hash id = HASH_ZERO;
	(void)!keyring_epoch_id(s->c.keyring, epoch, &id);
	return transient_key(TRANSIENT_PLACE, id_from(id.b), place);
}

static void mailbox_alarm(struct sync *s, uint32_t epoch, uint64_t place)
{
	struct transient_key k = place_key(s, epoch, place);
	const struct alarm_about about = { .kind = ALARM_STATEMENT_DAMAGED, .object = alarm_place(s, place, epoch) };
	alarm_transient(s, &k, &about, "place %llu of the join mailbox does not verify and is ignored",
	                (unsigned long long)place);
}

/* mailbox_whole: also where nothing is: what was damaged there is gone. */
static void mailbox_whole(struct sync *s, uint32_t epoch, uint64_t place)
{
	struct transient_key k = place_key(s, epoch, place);
	alarm_clear(s, &k);
}

/* mailbox_epoch: the places of one epoch from next->mailbox on; *ret_end: what follows the last one is free. */
static err_t mailbox_epoch(struct sync *s, uint32_t epoch, uint64_t place, uint64_t *ret_good, bool *ret_end)
{
	bool gap = false;
	for (unsigned i = 0; i < MAILBOX_ROUND && !sync_stopping(s); i++, place++) {
		err_t was = letter_read(s, &(struct letter_place){ epoch, place });
		err_t e = asked_one(s, was);
		if (was == ERR_NOTFOUND) {
			mailbox_whole(s, epoch, place);
			*ret_end = !gap;
			return ERR_OK;
		}
		if (sync_unproved(e) || e == ERR_NOTFOUND) {
			/* Passed over, but looked at again: a store may show damage today and the truth tomorrow. */
			if (!gap && e != ERR_NOTFOUND)
				mailbox_alarm(s, epoch, place);
			gap = true;
		} else if (e) {
			return e;
		} else {
			mailbox_whole(s, epoch, place);
		}
		if (!gap)
			*ret_good = place + 1;
	}
	return ERR_OK;
}

/* mark_at: whose place the mark is: the last epoch of its number. */
static uint32_t mark_at(const struct sync *s, const struct state *st)
{
	return keyring_from(s->c.keyring, st->mailbox_epoch + 1) - 1;
}

/* mailbox_all: of every epoch: who joined in an older one may be in no checkpoint that can be read. */
static err_t mailbox_all(struct sync *s, struct state *next)
{
	const struct keyring *k = s->c.keyring;
	const uint32_t newest = keyring_claimed(k), marked = mark_at(s, next);
	struct state mark = *next;
	bool on = true; /* nothing before this place is open */
	for (uint32_t epoch = keyring_from(k, next->mailbox_epoch); epoch <= newest; epoch++) {
		uint64_t place = epoch == marked ? next->mailbox : 0, good = place;
		bool end = false;
		err_t e = mailbox_epoch(s, epoch, place, &good, &end);
		if (e)
			return e;
		if (on) {
			mark.mailbox_epoch = keyring_number(k, epoch);
			mark.mailbox = good;
		}
		on &= end;
	}
	next->mailbox_epoch = mark.mailbox_epoch;
	next->mailbox = mark.mailbox;
	return ERR_OK;
}

/* --- places that were read before: a store can lose one, and the next joiner takes it --- */

/* place_reread: a place once more. What proves nothing was named when it was new, or follows from no news. */
static err_t place_reread(struct sync *s, uint32_t epoch, uint64_t place, bool *ret_free)
{
	err_t was = letter_read(s, &(struct letter_place){ epoch, place });
	err_t e = asked_one(s, was);
	*ret_free = was == ERR_NOTFOUND;
	return e == ERR_NOTFOUND || sync_unproved(e) ? ERR_OK : e;
}

/* sweep_epoch: every place of an epoch. There are as many as devices that joined, so far as they are known: a free
 * place below that is one that the store lost, and others follow. */
static err_t sweep_epoch(struct sync *s, uint32_t epoch, uint64_t known, uint64_t *ret_end)
{
	uint64_t place = 0;
	for (; place < known + MAILBOX_ROUND; place++) {
		bool vacant;
		err_t e = sync_stopping(s) ? ERR_CANCELED : place_reread(s, epoch, place, &vacant);
		if (e)
			return e;
		if (vacant && place >= known)
			break;
	}
	*ret_end = place;
	return ERR_OK;
}

static err_t mailbox_sweep(struct sync *s)
{
	size_t most = MAX(s->streams.n, s->unknown.claimed);
	uint64_t streams = most ? most - 1 : 0; /* the first one is in the header, or the guide */
	const uint32_t newest = keyring_claimed(s->c.keyring);
	hashes_free(&s->mailbox.shown);
	free(s->mailbox.ends);
	s->mailbox.ends_n = 0;
	s->mailbox.ends = calloc((size_t)newest + 1, sizeof(*s->mailbox.ends));
	if (!s->mailbox.ends)
		return ERR_NOMEM;
	for (uint32_t epoch = 1; epoch <= newest; epoch++) {
		uint64_t known = epoch == mark_at(s, &s->st) ? MAX(streams, s->st.mailbox) : streams;
		err_t e = sweep_epoch(s, epoch, known, &s->mailbox.ends[epoch - 1]);
		if (e)
			return e;
	}
	s->mailbox.ends_n = newest;
	s->mailbox.swept = s->mailbox.looked = true;
	s->mailbox.sweep_time = s->c.clock.mono(s->c.clock.ctx);
	return ERR_OK;
}

/* look_behind: what is new in one epoch, in turn: who has no later root writes in an earlier one. */
static err_t look_behind(struct sync *s)
{
	const uint32_t n = keyring_claimed(s->c.keyring);
	bool vacant = false;
	err_t e = ERR_OK;
	if (n < 2 || s->mailbox.ends_n != n)
		return ERR_OK;
	uint32_t epoch = 1 + (uint32_t)(s->mailbox.ends_turn++ % n);
	for (unsigned i = 0; !e && !vacant && i < BEHIND_ROUND; i++) {
		uint64_t *at = &s->mailbox.ends[epoch - 1];
		e = place_reread(s, epoch, *at, &vacant);
		*at += !e && !vacant;
	}
	return e;
}

/* mailbox_again: one place that was read before a round, in turn; all of them when someone asked for certainty. */
static err_t mailbox_again(struct sync *s)
{
	bool vacant;
	if (!s->mailbox.swept)
		return mailbox_sweep(s);
	err_t e = look_behind(s);
	if (e || s->st.mailbox == 0)
		return e;
	return place_reread(s, mark_at(s, &s->st), s->mailbox.turn++ % s->st.mailbox, &vacant);
}

err_t member_mailbox(struct sync *s)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	struct state next = s->st;
	err_t e = mailbox_again(s);
	if (!e)
		e = mailbox_all(s, &next);
	err_t made = statements_make(s); /* also after a failure: nobody may be trusted for longer by it */
	e = e ? e : made;
	if (e || (next.mailbox == s->st.mailbox && next.mailbox_epoch == s->st.mailbox_epoch))
		return e;
	state_put(&o, &next);
	e = ops_commit(&o, s->c.map);
	if (!e)
		s->st = next;
	return e;
}
