/* SPDX-License-Identifier: MIT
 * The one home of secrets: passphrases, seeds, roots, derived keys. Pages are locked (best effort: an ordinary user may
 * have only 8 MiB), kept out of core dumps and of forked children, and wiped when released.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* secret_alloc: `n` zeroed bytes, or NULL. secret_free: wipes and releases; NULL is fine. */
void *secret_alloc(size_t n);
void secret_free(void *p);
/* secret_freep: for cleanup(secret_freep) on an owning local of any pointer type. */
void secret_freep(void *pp);
/* secret_size: the size asked for at allocation. */
size_t secret_size(const void *p);
/* crypto_wipe: zeroes in a way that the compiler keeps. crypto_equal: constant-time comparison. */
void crypto_wipe(void *p, size_t n);
bool crypto_equal(const void *a, const void *b, size_t n);

/* A 256-bit key. As a local: cleanup(key_wipe) struct key k; as part of a long-lived object: that object is
 * secret_alloc'ed. */
struct key {
	uint8_t b[32];
};
void key_wipe(struct key *k);
