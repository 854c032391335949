/* SPDX-License-Identifier: MIT */
#include "util/error.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const texts[ERR_COUNT_] = {
	[ERR_OK] = "success",
	[ERR_NOTFOUND] = "not found",
	[ERR_NOMEM] = "out of memory",
	[ERR_IO] = "local disk error",
	[ERR_NOSPACE] = "local disk or cache full",
	[ERR_INVAL] = "invalid argument",
	[ERR_CRYPTO] = "cryptographic library failed",
	[ERR_DAMAGED] = "damaged or forged data",
	[ERR_VERSION] = "made by a newer version",
	[ERR_WRONGKEY] = "wrong passphrase or key",
	[ERR_LIMIT] = "over a limit",
	[ERR_EXISTS] = "exists already",
	[ERR_BUSY] = "in use",
	[ERR_NET] = "cloud unreachable: is the network up?",
	[ERR_TIMEOUT] = "cloud did not answer in time",
	[ERR_DENIED] = "cloud refused user or keys",
	[ERR_REFUSED] = "cloud refuses it: may this user read and write there?",
	[ERR_STOREFULL] = "cloud is full",
	[ERR_CLOCK] = "this machine's clock is wrong",
	[ERR_TLS] = "secure connection not trusted",
	[ERR_NOSTORE] = "nothing at that place: is its disk mounted, is its address right?",
	[ERR_CANCELED] = "was canceled",
	[ERR_FORK] = "cloud shows a history that contradicts what it showed before",
};

const char *err_text(err_t e)
{
	return (unsigned)e < ERR_COUNT_ && texts[e] ? texts[e] : "unknown error";
}

err_t why_set(struct why *why, err_t e, const char *fmt, ...)
{
	if (why && !why->text[0]) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(why->text, sizeof(why->text), fmt, ap);
		va_end(ap);
	}
	return e;
}
