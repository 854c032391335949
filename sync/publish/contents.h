/* SPDX-License-Identifier: MIT
 * Whether the store still has the contents of what is applied here: a slow audit of all segments. The last byte of each
 * is asked for, within a budget of requests, lost ones first, then own ones, the newest first, then others':
 *   - in turns of ten minutes: of those that were not seen since they came, or for a week. A vault of many segments has
 *     larger turns, so that each is seen once a week;
 *   - in a round that somebody waits for: those that were not seen for a minute, or since the opening; once a minute.
 * A store that lost anything has lost more, or went back (core/suspect.h): then all are looked for at once.
 * What is missing is stored again from what is here (contents_mend.h).
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>

struct sync;
/* contents_run: when due; `asked`: somebody waits. What map and store fail with; what is lost is none of that: it is
 * remembered (core/stored.h), and an alarm. */
MUST_CHECK err_t contents_run(struct sync *s, bool asked);
