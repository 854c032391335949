/* SPDX-License-Identifier: MIT
 * A commit, as the store has it.
 */
#pragma once

#include "cli/dump/dump.h"

/* dump_commit: `which` is the number of a commit of this device, or "STREAM:NUMBER". ERR_NOTFOUND with a sentence when
 * the store has no such commit. Does not check who signed it: it shows what is there. */
MUST_CHECK err_t dump_commit(const struct dump_source *s, const char *which, json_t **ret, struct why *why);
