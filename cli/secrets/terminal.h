/* SPDX-License-Identifier: MIT
 * A secret asked for on the terminal.
 */
#pragma once

#include "cli/secrets/secret_text.h"

#include <stdbool.h>

/* terminal_open: the controlling terminal, or -1. */
int terminal_open(void);
struct terminal_question {
	int tty;
	const char *prompt;
	bool echo; /* what is typed may be seen */
};
/* terminal_ask: one line. The terminal's settings are put back on every way out, signals included. ERR_INVAL: no
 * terminal, or the line is empty; ERR_CANCELED: interrupted. */
MUST_CHECK err_t terminal_ask(const struct terminal_question *q, struct secret_text *ret, struct why *why);
/* terminal_yes: the prompt, and whether "y" or "yes" was the answer; ERR_CANCELED, without a sentence: it was not. */
MUST_CHECK err_t terminal_yes(int tty, const char *prompt, struct why *why);
