/* SPDX-License-Identifier: MIT
 * Which commit, or whose head, a person means.
 */
#pragma once

#include "util/id.h"

struct map;
struct dump_commit_id {
	struct hash stream;
	uint64_t n;
};
/* dump_which_commit: "N" of this device, or "STREAM:N". dump_which_stream: "STREAM"; "" is that of this device. A
 * stream is said by its number. ERR_INVAL, ERR_NOTFOUND with a sentence; what the map fails with. */
MUST_CHECK err_t dump_which_commit(struct map *m, const char *which, struct dump_commit_id *ret, struct why *why);
MUST_CHECK err_t dump_which_stream(struct map *m, const char *which, struct hash *ret, struct why *why);
