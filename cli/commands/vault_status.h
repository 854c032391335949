/* SPDX-License-Identifier: MIT
 * A vault's status as JSON and in words. The JSON's members are an interface: docs/cli.md.
 */
#pragma once

#include "cli/vaults/vaults.h"
#include "sync/sync.h"

#include <jansson.h>

const char *status_phase_name(enum sync_phase p);  /* for programs: "idle" */
const char *status_phase_words(enum sync_phase p); /* for people: "up to date" */
json_t *status_json_time(int64_t wall_ns);         /* "2026-11-24T10:15:03Z", null for 0 */
/* status_of: of a vault here, from its daemon, or from what was written when it was locked. */
MUST_CHECK err_t status_of(const struct vault_dir *v, json_t **ret, struct why *why);
/* space_of_path: what of a path in a mounted vault is here (cli/commands/pin.c). An exit code; what went
 * wrong is printed. */
int space_of_path(const char *path, json_t **ret);
/* status_print: for people. Tolerates any missing member. */
void status_print(const json_t *status, FILE *to);
