/* SPDX-License-Identifier: MIT
 * Where a passphrase or recovery key comes from: --passfd, --passfile, an opted-in file, the terminal without echo, or,
 * without a terminal, an askpass program or pinentry. Never argv, never the environment.
 */
#pragma once

#include "cli/secrets/secret_text.h"

#include <stdbool.h>

struct secret_from {
	int fd;              /* -1: none */
	const char *file;    /* NULL: none */
	const char *askpass; /* program set for the vault, or NULL */
	const char *vault;   /* whose it is, for windows that ask; NULL: of none yet */
	const char *button;  /* what such a window's says; NULL: its own */
	const char *wrong;   /* why it is asked again, or NULL */
	const char *option;  /* that names a file with it; NULL: --passfile */
	bool recovery;       /* a recovery key is asked for, and no passphrase */
};
/* secret_input_get: one secret. *ret_asked: a person typed it (so asking again makes sense). ERR_CANCELED: they gave
 * up. ERR_INVAL: there is nowhere to ask, it is empty, or too long. A terminal that was asked shows nothing of what is
 * typed until secret_input_done: who types again while a key is derived must not be read by who looks on. */
MUST_CHECK err_t secret_input_get(const struct secret_from *from, const char *prompt, struct secret_text *ret,
                                  bool *ret_asked, struct why *why);
/* secret_input_done: the terminal echoes again, what was typed meanwhile is dropped. Also when none was asked. */
void secret_input_done(void);
