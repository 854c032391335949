/* SPDX-License-Identifier: MIT
 * What others have on the store is asked for object by object. A refusal, or what a disk cannot read, may be of one
 * object for ever, and is its alone as long as others are answered: then it is as one that is not there, and a round
 * goes on. Three such answers in a row, or none but such in a round, are the store's, and end it, as does at once what
 * may pass by itself (no network, too late).
 *
 * What was passed over is not known: it may be there. So nothing that lasts is decided by its not being there: what is
 * to be found behind it, in the same search, is not looked for (a commit of that number under a later epoch is another
 * one), nothing is written in its place, no stream is ended or called lost, and nobody is told that all is on the
 * store.
 *
 * Only in the pull of a round: who joins wants all that there is.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>

struct sync;
struct asked {
	bool pulls;      /* a round does, and has not ended */
	bool answered;   /* something was, in it */
	unsigned passed; /* answers that were an object's alone, in it */
	err_t failed;    /* the first error of it */
	unsigned row;    /* errors since the last answer, also over rounds */
};
/* asked_alone: an error that may be of one object. asked_untaken: of a PUT: the store does not take that object, or
 * none now; what needs it is tried again later, and hinders nothing else. */
bool asked_alone(err_t e);
bool asked_untaken(err_t e);
void asked_begin(struct sync *s);
/* asked_one: what became of a GET of one object, and of what came: `e`, or ERR_NOTFOUND in place of an error that is
 * the object's alone. */
err_t asked_one(struct sync *s, err_t e);
/* asked_all: whether the last pull, so far, found all there is: nothing was passed over. What is decided for good by
 * something not being there is decided then only. */
bool asked_all(const struct sync *s);
/* asked_end: how the pull ended that began: `e`, or the store's error if nothing was answered. */
err_t asked_end(struct sync *s, err_t e);
