/* SPDX-License-Identifier: MIT
 * Programs that ask a person for a secret. Their output is read straight into secret memory.
 */
#pragma once

#include "cli/secrets/secret_text.h"

#include <stdbool.h>

/* askpass_program: what `program PROMPT` prints. ERR_CANCELED: it gave none; ERR_INVAL: it cannot be started. */
MUST_CHECK err_t askpass_program(const char *program, const char *prompt, struct secret_text *ret, struct why *why);

/* What pinentry is to show, each in plain text; NULL: nothing of its own. */
struct pinentry_ask {
	const char *prompt; /* what is asked for */
	const char *vault; /* in the title; a desktop's keyring may keep the answer under it, when the person says so */
	const char *button;
	const char *wrong; /* why it is asked again; the keyring is not asked then */
};
/* askpass_pinentry: the Assuan protocol (pinentry's manual, "Protocol"): commands with %XX for what is no plain text;
 * answers "D percent-escaped", "OK", "ERR code text". A pinentry that lacks what is not needed is asked all the same.
 * ERR_CANCELED: the person gave none; ERR_NOTFOUND: there is no such program. */
MUST_CHECK err_t askpass_pinentry(const char *program, const struct pinentry_ask *ask, struct secret_text *ret,
                                  struct why *why);
/* askpass_forget: has the desktop's keyring drop what pinentry keeps there of that vault; false: nobody was asked, or
 * it was refused. */
bool askpass_forget(const char *vault);
/* askpass_desktop: by the pinentry with windows that suits this desktop, or else by `pinentry`. */
MUST_CHECK err_t askpass_desktop(const struct pinentry_ask *ask, struct secret_text *ret, struct why *why);
