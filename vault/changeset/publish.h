/* SPDX-License-Identifier: MIT
 * Publishing here: the closed set is joined into what is published, in parts, when the bytes of its commit are durable.
 * Each part is one batch of whole inodes, which leave the set in it. So between any two parts, and after a crash
 * anywhere, what is shown is the same, and whoever goes on comes to the same published records.
 */
#pragma once

#include "vault/changeset/changeset.h"
#include "vault/changeset/follow.h"

#define PUBLISH_PART ((size_t)256 << 10)

/* changeset_publish: one part: inodes until they say `bytes` (PUBLISH_PART), at least one. ERR_NOTFOUND: nothing is
 * closed any more; else joins and map_apply fail with what they say, and the part has not happened. */
MUST_CHECK err_t changeset_publish(struct changeset *c, size_t bytes, const struct follow *f);
