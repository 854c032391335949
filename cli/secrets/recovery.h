/* SPDX-License-Identifier: MIT
 * Handing the recovery key of a new vault to the person, and making sure that they have it.
 */
#pragma once

#include "util/buf.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

/* recovery_file_check: nothing is there yet; NULL is fine. ERR_EXISTS. */
MUST_CHECK err_t recovery_file_check(const char *path, struct why *why);
/* recovery_exists: says that `path` is there. ERR_EXISTS. */
err_t recovery_exists(const char *path, struct why *why);
/* recovery_put: a file with what is in a person's hands then: `name` in the folder `dir`, for errors `path`. 0600, must
 * not exist; whole and durable, or nothing is left of it. ERR_EXISTS, ERR_NOSPACE, ERR_IO. */
MUST_CHECK err_t recovery_put(int dir, const char *name, const char *path, struct span bytes, struct why *why);
/* recovery_to_file: so the key, in a line. */
MUST_CHECK err_t recovery_to_file(const char *path, const char *key, struct why *why);
/* Whose key it is. */
enum recovery_for {
	RECOVERY_OF_NEW,      /* a vault's that is made */
	RECOVERY_OF_PORTABLE, /* the same, and its passphrase opens it from the cloud as well */
	RECOVERY_ANOTHER      /* a vault's that has one */
};
/* recovery_confirm: shows the key on the terminal, says what it is, and asks two of its groups back. ERR_CANCELED. */
MUST_CHECK err_t recovery_confirm(int tty, const char *key, enum recovery_for what, struct why *why);
/* recovery_hand_over: in one of these ways: to `file`, or without one (NULL) on the terminal. ERR_INVAL: there is none.
 */
MUST_CHECK err_t recovery_hand_over(const char *file, const char *key, enum recovery_for what, struct why *why);
/* recovery_group: group `i` (from 0) of the key into `out` (NUL-terminated, upper case); its length, 0: no such. Groups
 * are separated by '-' or blanks. */
size_t recovery_group(const char *key, unsigned i, char *out, size_t n);
