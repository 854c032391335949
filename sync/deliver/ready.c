/* SPDX-License-Identifier: MIT */
#include "sync/deliver/ready.h"

#include "util/vec.h"

#include <stdlib.h>
#include <string.h>

static bool same(struct position a, struct position b)
{
	return position_cmp(a, b) == 0;
}

void room_free(struct room *r)
{
	while (r->first) {
		struct arrival *w = r->first;
		r->first = w->next;
		r->drop(r->ctx, w);
	}
	vv_free(&r->refused);
	room_again(r);
	*r = (struct room){ .max = r->max, .most = r->most, .drop = r->drop, .ctx = r->ctx };
}

/* -- refused ----------------------------------------------------------------------------------------------------- */

/* refused_at: where it stands, or would stand, in the list. */
static size_t refused_at(const struct room *r, struct position at)
{
	size_t low = 0, high = r->refused.n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (position_cmp(r->refused.v[mid], at) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_refused(const struct room *r, struct position at)
{
	size_t i = refused_at(r, at);
	return i < r->refused.n && same(r->refused.v[i], at);
}

/* -- turned away ------------------------------------------------------------------------------------------------- */

/* turned_at: where it stands, or would stand, in the list. */
static size_t turned_at(const struct room *r, struct position at)
{
	size_t low = 0, high = r->turned_n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (position_cmp(r->turned[mid].at, at) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* turn_away: without memory for that it is asked for again, and no more. */
static void turn_away(struct room *r, const struct arrival *w)
{
	size_t i = turned_at(r, w->at);
	bool known = i < r->turned_n && same(r->turned[i].at, w->at);
	if (!known && (r->turned_n >= ROOM_COMMITS || !vec_room(r->turned, r->turned_n, 1, &r->turned_cap)))
		return;
	if (!known) {
		memmove(r->turned + i + 1, r->turned + i, (r->turned_n - i) * sizeof(*r->turned));
		r->turned_n++;
	}
	r->turned[i] = (struct turned){ w->at, w->lacks, w->bytes };
}

static void forget_turned(struct room *r, struct position lacks)
{
	size_t n = 0;
	for (size_t i = 0; i < r->turned_n; i++)
		if (!same(r->turned[i].lacks, lacks))
			r->turned[n++] = r->turned[i];
	r->turned_n = n;
}

void room_again(struct room *r)
{
	free(r->turned);
	r->turned = NULL;
	r->turned_n = r->turned_cap = 0;
}

static bool has_room(const struct room *r, size_t bytes)
{
	size_t max = r->max ? r->max : ROOM_BYTES, most = r->most ? r->most : ROOM_COMMITS;
	return r->n < most && bytes <= max && r->bytes <= max - bytes;
}

bool room_turned(const struct room *r, uint64_t stream, uint64_t n, const struct id *hash)
{
	size_t i = turned_at(r, (struct position){ stream, n, hash ? *hash : ID_ZERO });
	const struct turned *x = i < r->turned_n ? &r->turned[i] : NULL;
	bool is = x && x->at.stream == stream && x->at.n == n && (!hash || id_eq(x->at.hash, *hash));
	return is && !has_room(r, x->bytes);
}

/* forget_lacks: who waits for something that is decided now looks again. */
static void forget_lacks(struct room *r, struct position at)
{
	for (struct arrival *w = r->first; w; w = w->next)
		if (w->lacks.n && same(w->lacks, at))
			w->lacks.n = 0;
	forget_turned(r, at);
}

err_t room_refuse(struct room *r, struct position at)
{
	size_t i = refused_at(r, at);
	if (i < r->refused.n && same(r->refused.v[i], at))
		return ERR_OK;
	if (!vec_room(r->refused.v, r->refused.n, 1, &r->refused.cap))
		return ERR_NOMEM;
	memmove(r->refused.v + i + 1, r->refused.v + i, (r->refused.n - i) * sizeof(*r->refused.v));
	r->refused.v[i] = at;
	r->refused.n++;
	forget_lacks(r, at);
	return ERR_OK;
}

void room_applied(struct room *r, struct position at)
{
	forget_lacks(r, at);
}

/* -- one commit -------------------------------------------------------------------------------------------------- */

static bool never(const struct room *r, const struct arrival *w)
{
	struct position before = { w->at.stream, w->at.n - 1, w->previous };
	if (before.n && is_refused(r, before))
		return true;
	for (size_t i = 0; i < w->entries.n; i++)
		if (is_refused(r, w->entries.v[i]))
			return true;
	return false;
}

/* lacks: whether `p` is not applied; then w waits for it. */
static err_t lacks(const struct past *past, struct arrival *w, struct position p, bool *ret)
{
	err_t e = past->find(past->ctx, p, NULL);
	*ret = e == ERR_NOTFOUND;
	if (*ret)
		w->lacks = p;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* look: what is to be done with it; w->lacks says what it waits for. */
static err_t look(const struct room *r, const struct past *past, struct arrival *w, enum ready *ret)
{
	struct position before = { w->at.stream, w->at.n - 1, w->previous };
	bool waits = false;
	err_t e = ERR_OK;
	*ret = READY_NEVER;
	if (is_refused(r, w->at) || never(r, w))
		return ERR_OK;
	w->lacks = (struct position){ 0 };
	if (before.n)
		e = lacks(past, w, before, &waits);
	for (size_t i = 0; !e && !waits && i < w->entries.n; i++)
		e = lacks(past, w, w->entries.v[i], &waits);
	*ret = waits ? READY_LATER : READY_NOW;
	return e;
}

/* -- the room ---------------------------------------------------------------------------------------------------- */

bool room_has(const struct room *r, struct position at)
{
	for (const struct arrival *w = r->first; w; w = w->next)
		if (same(w->at, at))
			return true;
	return is_refused(r, at);
}

static void append(struct room *r, struct arrival *w)
{
	if (!r->first)
		r->end = &r->first;
	w->next = NULL;
	*r->end = w;
	r->end = &w->next;
	r->bytes += w->bytes;
	r->n++;
}

/* take: out of the place that `at` is. */
static struct arrival *take(struct room *r, struct arrival **at)
{
	struct arrival *w = *at;
	*at = w->next;
	if (r->end == &w->next)
		r->end = at;
	w->next = NULL;
	r->bytes -= w->bytes;
	r->n--;
	return w;
}

void room_drop(struct room *r, uint64_t stream)
{
	for (struct arrival **at = &r->first; *at;) {
		if ((*at)->at.stream == stream)
			r->drop(r->ctx, take(r, at));
		else
			at = &(*at)->next;
	}
}

err_t room_put(struct room *r, const struct past *past, struct arrival *w, enum ready *ret)
{
	enum ready what = READY_NEVER;
	err_t e = look(r, past, w, &what);
	if (!e && what == READY_NEVER)
		e = room_refuse(r, w->at);
	if (e)
		return e;
	if (what == READY_LATER && !has_room(r, w->bytes))
		what = READY_FULL;
	if (what == READY_LATER)
		append(r, w);
	if (what == READY_FULL)
		turn_away(r, w);
	*ret = what;
	return ERR_OK;
}

bool room_hold(struct room *r, struct arrival *w)
{
	w->lacks = w->at;
	if (has_room(r, w->bytes)) {
		append(r, w);
		return true;
	}
	turn_away(r, w);
	return false;
}

bool room_holds(const struct room *r)
{
	bool any = false;
	for (const struct arrival *w = r->first; w && !any; w = w->next)
		any = same(w->lacks, w->at);
	return any;
}

bool room_look_again(struct room *r)
{
	bool any = false;
	for (struct arrival *w = r->first; w; w = w->next) {
		if (!same(w->lacks, w->at))
			continue;
		w->lacks.n = 0;
		any = true;
	}
	return any;
}

/* pass: once through the room. *ret_again: something was refused, which others may stand on. */
static err_t pass(struct room *r, const struct past *past, struct arrival **ret, bool *ret_again)
{
	for (struct arrival **at = &r->first; *at;) {
		enum ready what = READY_LATER;
		err_t e = (*at)->lacks.n ? ERR_OK : look(r, past, *at, &what);
		if (!e && what == READY_NEVER)
			e = room_refuse(r, (*at)->at);
		if (e)
			return e;
		if (what == READY_NOW) {
			*ret = take(r, at);
			return ERR_OK;
		}
		if (what == READY_NEVER) {
			r->drop(r->ctx, take(r, at));
			*ret_again = true;
		} else {
			at = &(*at)->next;
		}
	}
	return ERR_OK;
}

err_t room_next(struct room *r, const struct past *past, struct arrival **ret)
{
	struct arrival *found = NULL;
	bool again = true;
	err_t e = ERR_OK;
	while (!e && !found && again) {
		again = false;
		e = pass(r, past, &found, &again);
	}
	if (!e)
		*ret = found;
	return e;
}
