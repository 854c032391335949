/* SPDX-License-Identifier: MIT
 * Randomness from the kernel, and the one place where failures of the library are logged.
 */
#include "crypto/internal.h"

#include "util/log.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/random.h>

err_t crypto_failed(const char *what)
{
	unsigned long e = ERR_peek_last_error();
	const char *reason = e ? ERR_reason_error_string(e) : NULL;
	log_error(AREA_CRYPTO, "%s failed: %s", what, reason ? reason : "no reason given");
	ERR_clear_error();
	return ERR_CRYPTO;
}

err_t crypto_random(void *p, size_t n)
{
	uint8_t *at = p;
	size_t left = n;
	while (left) {
		ssize_t got = getrandom(at, left, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			crypto_wipe(p, n);
			return crypto_failed("getrandom");
		}
		at += got;
		left -= (size_t)got;
	}
	return ERR_OK;
}
