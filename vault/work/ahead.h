/* SPDX-License-Identifier: MIT
 * A delivery's index and news, made ahead: each part in a stop of its own, between which everybody goes on, so that the
 * last stop has to make only what operations touched meanwhile (following.h, news.h).
 */
#pragma once

#include "cache/map.h"
#include "vault/changeset/follow.h"
#include "vault/work/following.h"
#include "vault/work/news.h"

#define AHEAD_PART 200u /* inodes in one stop: some 20 ms */

struct work;
struct work_op;
struct ahead {
	struct following *following; /* NULL: nothing is under way */
	struct news *news;           /* NULL: there are none yet */
	/* The caller's lock, write side: what operations change while something is made ahead. all: memory was out. */
	struct records touched;
	bool noting, all;
};
/* ahead_prepare: struct follow, prepare: a delivery of several parts is made. Not under the caller's lock. */
MUST_CHECK err_t ahead_prepare(struct work *w, const struct view *published, const struct records *changes);
/* ahead_follow: struct follow, fn: all is made, what is prepared and what is not; changes of local records go into `b`,
 * and news to w->news, by the stand-ins w->stand_ins, and w->next, which gets more. ahead_drop: it is over. Both while
 * everybody is stopped. */
MUST_CHECK err_t ahead_follow(struct work *w, const struct view *published, const struct records *changes,
                              struct batch *b);
void ahead_drop(struct work *w);
/* ahead_note: an operation is going to be applied, with these changes of local records. */
void ahead_note(struct work *w, const struct work_op *op, const struct records *local);
