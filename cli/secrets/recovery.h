/* SPDX-License-Identifier: MIT
 * Handing the recovery key of a new vault to the person, and making sure that they have it.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

/* recovery_to_file: 0600, must not exist, durable. */
MUST_CHECK err_t recovery_to_file(const char *path, const char *key, struct why *why);
/* recovery_confirm: shows the key on the terminal, says what it is, and asks two of its groups back. `portable`: the
 * passphrase opens the vault from the cloud as well. ERR_CANCELED. */
MUST_CHECK err_t recovery_confirm(int tty, const char *key, bool portable, struct why *why);
/* recovery_group: group `i` (from 0) of the key into `out` (NUL-terminated, upper case); its length, 0: no such. Groups
 * are separated by '-' or blanks. */
size_t recovery_group(const char *key, unsigned i, char *out, size_t n);
