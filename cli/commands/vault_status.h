/* SPDX-License-Identifier: MIT
 * A vault's status as JSON and in words. The JSON's members are an interface: docs/cli.md.
 */
#pragma once

#include "cli/vaults/vaults.h"

#include <jansson.h>

enum status_detail { STATUS_PLAIN, STATUS_DEBUG };
/* status_of: of a vault here, from its daemon, or from what was written when it was locked. */
MUST_CHECK err_t status_of(const struct vault_dir *v, enum status_detail detail, json_t **ret, struct why *why);
/* status_alarm: the first that is open, as in the JSON; NULL: none. */
const json_t *status_alarm(const json_t *status);
/* status_print: for people. Tolerates any missing member. */
void status_print(const json_t *status, FILE *to);
