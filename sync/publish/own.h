/* SPDX-License-Identifier: MIT
 * What the store has of our own stream.
 */
#pragma once

#include "sync/core/config.h"

/* own_check: the store must hold nothing of our stream that we did not write: else this state goes on as a new stream
 * (members/incarnation.h), or the engine stops where no slot is open that signs it. All of it once an opening: then
 * own_checked is true. Later pulls look for what a copy that runs beside this state cannot but show: a commit of ours
 * that others stand on (`own.met`); before a close, one behind our newest; at polls, whether our newest is in its
 * place; when somebody waits and nothing is to be published, and at times, that and our head: an older one, which came
 * late, is written over. What the network fails with. */
MUST_CHECK err_t own_check(struct sync *s);
