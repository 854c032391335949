/* SPDX-License-Identifier: MIT
 * The others' heads: what each device says it has applied, and whether the store went back.
 */
#pragma once

#include "sync/core/state.h"
#include "vault/objects/head.h"

struct sync;
struct head_got { /* the spans of `h` point into `plain` */
	struct head h;
	struct buf plain;
	uint32_t epoch; /* under which it was found */
};
void head_got_free(struct head_got *g);
/* head_read: of a stream, under the newest epoch that has one. ERR_NOTFOUND: there is none; ERR_DAMAGED: it does not
 * verify, which is named until it does. `ret` is the caller's to free. */
MUST_CHECK err_t head_read(struct sync *s, const struct stream *st, struct head_got *ret);
/* head_note: remembers its counter. *ret_older: it is older than one that was seen before: named, and not to be used.
 */
MUST_CHECK err_t head_note(struct sync *s, struct stream *st, const struct head *h, bool *ret_older);
/* head_bad: names one that proves nothing, under that epoch (0: not known), until it is read whole: head_whole. */
void head_bad(struct sync *s, const struct stream *st, uint32_t epoch);
void head_whole(struct sync *s, const struct stream *st);
