/* SPDX-License-Identifier: MIT
 * The words of a status that programs and people read. They are an interface: docs/cli.md.
 */
#pragma once

#include "sync/sync.h"

#include <jansson.h>

/* status_phase_name: for programs: "idle". */
const char *status_phase_name(enum sync_phase p);
/* status_phase_words: for people: "up to date". */
const char *status_phase_words(enum sync_phase p);
/* status_json_time: "2026-11-24T10:15:03Z", null for 0. */
json_t *status_json_time(int64_t wall_ns);
