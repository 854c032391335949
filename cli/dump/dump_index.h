/* SPDX-License-Identifier: MIT
 * Whether the local records of what is shown are those that follow from the shared ones. Format 2.
 */
#pragma once

#include "cli/dump/dump.h"

/* dump_index: how many there are, and the first that differs. Nothing is changed meanwhile: of a large vault its files
 * stand still for seconds. */
MUST_CHECK err_t dump_index(const struct dump_source *s, json_t **ret, struct why *why);
