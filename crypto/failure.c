/* SPDX-License-Identifier: MIT
 * The one place where failures of the library are logged.
 */
#include "crypto/failure.h"

#include "util/log.h"

#include <openssl/err.h>

err_t crypto_failed(const char *what)
{
	unsigned long e = ERR_peek_last_error();
	const char *reason = e ? ERR_reason_error_string(e) : NULL;
	log_error(AREA_CRYPTO, "%s failed: %s", what, reason ? reason : "no reason given");
	ERR_clear_error();
	return ERR_CRYPTO;
}
