/* SPDX-License-Identifier: MIT
 * What trying a passphrase on the vault's header costs is said by the header, and so by whoever can write the store.
 */
#pragma once

#include "crypto/kdf.h"

#define KDF_ASK_KIB (1024u * 1024) /* over that much memory, or */
#define KDF_ASK_MS 10000u          /* that much time in all, a person is asked first */

struct kdf_cost {
	uint32_t kib; /* the most of one */
	uint64_t ms;  /* of all */
};
struct kdf_asked {
	struct kdf_cost spent;  /* on this secret, with the work that is asked for */
	struct kdf_cost agreed; /* to what somebody has agreed; zeros: to nothing */
};
/* kdf_ask: of header_secret; `ctx` is a struct kdf_asked. ERR_OK: in all it costs no more than that, or than what
 * somebody at the terminal has agreed to. ERR_CANCELED: they do not; ERR_LIMIT: there is nobody to ask, with what else
 * opens it. */
MUST_CHECK err_t kdf_ask(void *ctx, const struct kdf_params *work, struct why *why);
