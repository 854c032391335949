/* SPDX-License-Identifier: MIT
 * Randomness from the kernel.
 */
#include "crypto/random.h"

#include "crypto/failure.h"
#include "crypto/secret.h"

#include <errno.h>
#include <sys/random.h>

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

err_t crypto_random_id(struct id *ret)
{
	return crypto_random(ret->b, ID_LEN);
}
