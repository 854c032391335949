/* SPDX-License-Identifier: MIT
 * Programs that ask a person for a secret. Their output is read straight into secret memory.
 */
#pragma once

#include "cli/secrets/secret_text.h"

/* askpass_program: what `program PROMPT` prints. ERR_CANCELED: it gave none; ERR_INVAL: it cannot be started. */
MUST_CHECK err_t askpass_program(const char *program, const char *prompt, struct secret_text *ret, struct why *why);
/* askpass_pinentry: over the Assuan protocol: lines "D percent-escaped", "OK", "ERR code text". */
MUST_CHECK err_t askpass_pinentry(const char *program, const char *prompt, struct secret_text *ret, struct why *why);
