/* SPDX-License-Identifier: MIT
 * The others' heads.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* head_read: ERR_NOTFOUND: there is none. head_bad: names one that proves nothing, until it is read whole. */
MUST_CHECK err_t head_read(struct sync *s, const struct stream *st, struct head *ret, struct stream_pos at[],
                           size_t max);
void head_bad(struct sync *s, const struct stream *st);
/* head_whole: it was read whole. */
void head_whole(struct sync *s, const struct stream *st);
/* head_note: remembers what a newer one says. One that is older than before is named. */
MUST_CHECK err_t head_note(struct sync *s, struct stream *st, const struct head *h);
