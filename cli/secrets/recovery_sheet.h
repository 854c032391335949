/* SPDX-License-Identifier: MIT
 * A recovery key on a page to be printed, as SVG or PDF: whose key it is, the key in its groups and as QR, what it is
 * for, and room to write by hand. The file is the key, so it is 0600, new, and neither in the vault nor in its store.
 */
#pragma once

#include "cli/secrets/recovery.h"
#include "cli/secrets/recovery_page.h"

/* recovery_sheet_check: whether the file could be written now; fine where s->path is NULL. ERR_INVAL: neither suffix,
 * an address that cannot be printed, or a folder where it must not be; ERR_EXISTS; ERR_IO: no such folder, or it may
 * not be written. */
MUST_CHECK err_t recovery_sheet_check(const struct recovery_sheet *s, struct why *why);
/* recovery_sheet_write: whole and durable, or nothing is left of it. Errors of recovery_sheet_check, which is asked
 * first; ERR_NOSPACE. */
MUST_CHECK err_t recovery_sheet_write(const struct recovery_sheet *s, const char *key, struct why *why);
/* recovery_sheet_hand_over: where files are named (s->path, `file`; NULL: none) to both or none of them, else as
 * recovery_hand_over does. */
MUST_CHECK err_t recovery_sheet_hand_over(const struct recovery_sheet *s, const char *file, const char *key,
                                          enum recovery_for what, struct why *why);
/* recovery_sheet_take_back: these files go, whose key opens nothing. */
void recovery_sheet_take_back(const struct recovery_sheet *s, const char *file);
/* recovery_sheet_say: to the person who has it now. */
void recovery_sheet_say(const char *path);
