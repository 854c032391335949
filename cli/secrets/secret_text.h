/* SPDX-License-Identifier: MIT
 * A line of secret text, read straight into secret memory; one trailing newline is not part of it.
 */
#pragma once

#include "crypto/secret.h"
#include "util/error.h"

#include <stddef.h>

#define SECRET_MAX 4096
struct secret_text {
	char *p; /* secret_alloc'ed, NUL-terminated */
	size_t len;
};
#define SECRET_TEXT_INIT ((struct secret_text){ 0 })
/* secret_text_free: wipes it. */
void secret_text_free(struct secret_text *s);
/* secret_text_read: up to a newline or the end, byte by byte, so that the next line stays there. `what` names the
 * source in sentences. ERR_INVAL: empty, too long, or not text. */
MUST_CHECK err_t secret_text_read(int fd, const char *what, struct secret_text *ret, struct why *why);
/* secret_text_read_file: the first line of a file. ERR_INVAL also where all users of the machine may read or write it.
 */
MUST_CHECK err_t secret_text_read_file(const char *path, struct secret_text *ret, struct why *why);
