/* SPDX-License-Identifier: MIT
 * Where a passphrase or recovery key comes from: --passfd, --passfile, an opted-in file, the terminal without echo, or,
 * without a terminal, an askpass program or pinentry. Never argv, never the environment. It goes straight into secret
 * memory; one trailing newline is not part of it.
 */
#pragma once

#include "crypto/secret.h"
#include "util/buf.h"

#define SECRET_MAX 4096
struct secret_text {
	char *p; /* secret_alloc'ed, NUL-terminated */
	size_t len;
};
#define SECRET_TEXT_INIT ((struct secret_text){ 0 })
void secret_text_free(struct secret_text *s);
struct secret_from {
	int fd;              /* -1: none */
	const char *file;    /* NULL: none */
	const char *askpass; /* program set for the vault, or NULL */
};
/* secret_input_get: one secret. *ret_asked: a person typed it (so asking again makes sense). ERR_CANCELED: they gave
 * up. ERR_INVAL: there is nowhere to ask, it is empty, or too long. */
MUST_CHECK err_t secret_input_get(const struct secret_from *from, const char *prompt, struct secret_text *ret,
                                  bool *ret_asked, struct why *why);
/* The sources. Each reads up to a newline or the end; from a descriptor byte by byte, so the next line stays there. */
MUST_CHECK err_t secret_input_fd(int fd, const char *what, struct secret_text *ret, struct why *why);
MUST_CHECK err_t secret_input_file(const char *path, struct secret_text *ret, struct why *why);
/* secret_input_terminal: `fd` is a terminal; its settings are put back on every way out, signals included. */
MUST_CHECK err_t secret_input_terminal(int fd, const char *prompt, bool echo, struct secret_text *ret, struct why *why);
/* secret_input_program: what `program PROMPT` prints. secret_input_pinentry: over the Assuan protocol. */
MUST_CHECK err_t secret_input_program(const char *program, const char *prompt, struct secret_text *ret,
                                      struct why *why);
MUST_CHECK err_t secret_input_pinentry(const char *program, const char *prompt, struct secret_text *ret,
                                       struct why *why);
/* secret_input_open_tty: the controlling terminal, or -1. */
int secret_input_open_tty(void);
