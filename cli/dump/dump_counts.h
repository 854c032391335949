/* SPDX-License-Identifier: MIT
 * How much the map holds, by table and kind.
 */
#pragma once

#include "util/error.h"

#include <jansson.h>

struct map;
/* dump_counts: an array of tables, each with its kinds: entries and bytes of their values. */
MUST_CHECK err_t dump_counts(struct map *m, json_t **ret);
