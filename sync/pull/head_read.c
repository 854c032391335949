/* SPDX-License-Identifier: MIT */
#include "sync/pull/head_read.h"

#include "sync/core/sync_struct.h"

void head_bad(struct sync *s, const struct stream *st)
{
	struct transient_key k = transient_key(TRANSIENT_HEAD, st->id, 0);
	alarm_transient(s, &k, "a device's head does not verify and is ignored");
}

void head_whole(struct sync *s, const struct stream *st)
{
	struct transient_key k = transient_key(TRANSIENT_HEAD, st->id, 0);
	alarm_clear(s, &k);
}
