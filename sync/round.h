/* SPDX-License-Identifier: MIT
 * One round of the engine.
 */
#pragma once

#include "sync/core/config.h"

struct round {
	bool force;     /* someone waits: publish at once */
	bool heads;     /* read the others' heads and write ours, however young they are */
	bool pull;      /* it is time to look for news */
	bool quiesced;  /* local changes have rested for the quiesce delay */
	bool news;      /* out: another device's commit was applied */
	bool pulled;    /* out: the store answered */
	bool published; /* out: there was something to publish */
	err_t answer; /* out: what whoever waits is told when the round went well: a lack (saved.h) hinders no round */
};
/* round_run: with `work` held. ERR_FORK: publishing has ended for good. ERR_BUSY: nobody is answered yet. */
MUST_CHECK err_t round_run(struct sync *s, struct round *r);
