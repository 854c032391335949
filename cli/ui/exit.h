/* SPDX-License-Identifier: MIT
 * Exit codes: one table, printed by `cloudseal --help` and copied into docs/cli.md. Scripts depend on them: a number
 * keeps its meaning for ever.
 */
#pragma once

#include "util/error.h"

#include <stdio.h>

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_WRONGKEY = 3,
	EXIT_OFFLINE = 4,
	EXIT_STOREFULL = 5,
	EXIT_REFUSED = 6,
	EXIT_STOPPED = 7,
	EXIT_BUSY = 8,
	EXIT_DAMAGED = 9,
	EXIT_NOTFOUND = 10,
	EXIT_LOCALDISK = 11,
	EXIT_PENDING = 12,
	EXIT_CODES
};
/* exit_of: the code for a failure of the floors below. */
enum exit_code exit_of(err_t e);
/* exit_print_table: number and meaning of each, for --help. */
void exit_print_table(FILE *to);
/* exit_fail: prints the one line "cloudseal: SUBJECT: sentence" to stderr and returns the code of `e`. The sentence is
 * why's when it has one, else err_text. Control characters come out as '?'. */
int exit_fail(err_t e, const char *subject, const struct why *why);
/* exit_say: the same for a failure that has its own code and sentence. */
int exit_say(enum exit_code code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
