/* SPDX-License-Identifier: MIT
 * The ciphers of libcrypto that are used here, each looked up once in a process: to look one up costs about as much as
 * to seal a short text.
 */
#pragma once

#include <openssl/evp.h>

enum fetched { FETCHED_GCM, FETCHED_CHACHA, FETCHED_CTR };
/* cipher_fetched: NULL: libcrypto has none, or no memory; asked again the next time. Nobody frees it. Any thread. */
const EVP_CIPHER *cipher_fetched(enum fetched which);
