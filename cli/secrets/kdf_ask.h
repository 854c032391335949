/* SPDX-License-Identifier: MIT
 * What trying a passphrase costs is said by the header, and so by whoever can write the store.
 */
#pragma once

#include "vault/keys/header.h"

#define KDF_ASK_KIB (1024u * 1024) /* over that much memory, or */
#define KDF_ASK_MS 10000u          /* that much time, a person is asked first */

/* kdf_ask: ERR_OK: it costs no more, or somebody at the terminal agrees. ERR_CANCELED: they do not; ERR_LIMIT: there is
 * nobody to ask, with what else opens it. */
MUST_CHECK err_t kdf_ask(const struct header *h, struct why *why);
