/* SPDX-License-Identifier: MIT */
#include "cli/ui/exit.h"

#include "cli/ui/escape.h"

#include <limits.h>
#include <stdarg.h>

#define LINE_BYTES (4 * PATH_MAX) /* longer ones are cut */

static const char *const meanings[EXIT_CODES] = {
	[EXIT_OK] = "done",
	[EXIT_FAILED] = "failed",
	[EXIT_USAGE] = "wrong usage: option, argument, value or address",
	[EXIT_WRONGKEY] = "wrong passphrase or recovery key",
	[EXIT_OFFLINE] = "cloud unreachable, or no answer in time",
	[EXIT_STOREFULL] = "cloud full or over quota",
	[EXIT_REFUSED] = "refused by the cloud: credentials, rights, certificate or clock",
	[EXIT_STOPPED] = "alarm: something in the cloud or here does not verify or is missing; or sync stopped",
	[EXIT_BUSY] = "in use: mounted already, open files, exists already",
	[EXIT_DAMAGED] = "not a vault, damaged, foreign, or made by another version",
	[EXIT_NOTFOUND] = "no such vault, or its place does not exist",
	[EXIT_LOCALDISK] = "local disk: full, read-only, a network file system, or failing",
	[EXIT_PENDING] = "refused: something is not uploaded yet",
};

static const unsigned char codes[ERR_COUNT_] = {
	[ERR_OK] = EXIT_OK,
	[ERR_NOTFOUND] = EXIT_NOTFOUND,
	[ERR_NOMEM] = EXIT_FAILED,
	[ERR_IO] = EXIT_LOCALDISK,
	[ERR_NOSPACE] = EXIT_LOCALDISK,
	[ERR_INVAL] = EXIT_USAGE,
	[ERR_CRYPTO] = EXIT_FAILED,
	[ERR_DAMAGED] = EXIT_DAMAGED,
	[ERR_VERSION] = EXIT_DAMAGED,
	[ERR_WRONGKEY] = EXIT_WRONGKEY,
	[ERR_LIMIT] = EXIT_FAILED,
	[ERR_EXISTS] = EXIT_BUSY,
	[ERR_BUSY] = EXIT_BUSY,
	[ERR_NET] = EXIT_OFFLINE,
	[ERR_TIMEOUT] = EXIT_OFFLINE,
	[ERR_DENIED] = EXIT_REFUSED,
	[ERR_REFUSED] = EXIT_REFUSED,
	[ERR_STOREFULL] = EXIT_STOREFULL,
	[ERR_CLOCK] = EXIT_REFUSED,
	[ERR_TLS] = EXIT_REFUSED,
	[ERR_NOSTORE] = EXIT_NOTFOUND,
	[ERR_CANCELED] = EXIT_FAILED,
	[ERR_FORK] = EXIT_STOPPED,
};

enum exit_code exit_of(err_t e)
{
	return (unsigned)e < ERR_COUNT_ ? (enum exit_code)codes[e] : EXIT_FAILED;
}

void exit_print_table(FILE *to)
{
	for (int i = 0; i < EXIT_CODES; i++)
		fprintf(to, "  %2d  %s\n", i, meanings[i]);
}

int exit_fail(err_t e, const char *subject, const struct why *why)
{
	const char *text = why && why->text[0] ? why->text : err_text(e);
	return exit_say(exit_of(e), "%s%s%s", subject ? subject : "", subject ? ": " : "", text);
}

int exit_say(enum exit_code code, const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	escape_print(stderr, "cloudseal: %s", line); /* what was typed, and names of files, may hold anything */
	return code;
}
