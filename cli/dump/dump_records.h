/* SPDX-License-Identifier: MIT
 * Records of the map, and what the open and the closed changeset say.
 */
#pragma once

#include "cli/dump/dump.h"

/* dump_record: those whose keys start with the key. dump_changeset: which set is open, of which commit, and what both
 * say. */
MUST_CHECK err_t dump_record(const struct dump_source *s, const char *key, json_t **ret, struct why *why);
MUST_CHECK err_t dump_changeset(struct map *m, json_t **ret, struct why *why);
