/* SPDX-License-Identifier: MIT
 * What a person is told of the recovery key beside its own command.
 */
#pragma once

#include "cli/vaults/vaults.h"

#include <jansson.h>
#include <stdio.h>

#define RECOVERY_TIME 64

/* recovery_time: s since 1970 as this machine's clock on the wall has it. */
void recovery_time(int64_t at, char out[RECOVERY_TIME]);
/* recovery_print_pending: what the daemon of that vault said of replacements that are not settled; nothing where there
 * are none. */
void recovery_print_pending(const char *vault, const json_t *said, FILE *to);
/* recovery_tell: the same of a mounted vault, whose daemon is asked: on a terminal a person has seen it then; and
 * recovery_remind. */
void recovery_tell(const struct vault_dir *v, FILE *to);
/* recovery_remind: one line where the key was not checked for a year, at most once a month, unless the setting says no.
 */
void recovery_remind(const struct vault_dir *v, FILE *to);
