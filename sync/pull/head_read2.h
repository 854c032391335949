/* SPDX-License-Identifier: MIT
 * The others' heads: what each device says it has applied, and whether the store went back.
 */
#pragma once

#include "sync/core/state.h"
#include "vault/objects/head2.h"

struct sync;
struct head_got { /* the spans of `h` point into `plain` */
	struct head2 h;
	struct buf plain;
	uint32_t epoch; /* under which it was found */
};
void head_got_free(struct head_got *g);
/* head_read2: of a stream, under the newest epoch that has one. ERR_NOTFOUND: there is none; ERR_DAMAGED: it does not
 * verify, which is named until it does. `ret` is the caller's to free. */
MUST_CHECK err_t head_read2(struct sync *s, const struct stream *st, struct head_got *ret);
/* head_note2: remembers its counter. *ret_older: it is older than one that was seen before: named, and not to be used.
 */
MUST_CHECK err_t head_note2(struct sync *s, struct stream *st, const struct head2 *h, bool *ret_older);
