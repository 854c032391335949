/* SPDX-License-Identifier: MIT
 * Objects as the store has them. Nothing here checks who signed them: it shows what is there.
 */
#pragma once

#include "cli/dump/dump.h"

/* dump_commit: as dump_commit. dump_head: of the stream `which`, "" of this device. dump_manifest: of the checkpoint
 * that this head announces. ERR_NOTFOUND with a sentence. */
MUST_CHECK err_t dump_commit(const struct dump_source *s, const char *which, json_t **ret, struct why *why);
MUST_CHECK err_t dump_head(const struct dump_source *s, const char *which, json_t **ret, struct why *why);
MUST_CHECK err_t dump_manifest(const struct dump_source *s, const char *which, json_t **ret, struct why *why);
