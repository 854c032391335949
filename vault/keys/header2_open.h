/* SPDX-License-Identifier: MIT
 * From a secret and the header to the keys of a vault. Sure is what genesis says: the slot by its signature or by the
 * anchor in its wrap, root 1 by the commitment. Roots of later epochs are claims, whoever brings them.
 */
#pragma once

#include "vault/keys/header2.h"
#include "vault/keys/keyring.h"

struct header2_opened {
	struct signer_mine *slot; /* secret_freep */
	struct keyring *keyring;  /* keyring_freep; root 1 is added, others are claimed */
};
/* header2_open: tries every slot of that kind whose wrap counts. ERR_WRONGKEY; ERR_LIMIT: it asks for more or less work
 * on a passphrase than is safe; ERR_DAMAGED: forged. A sentence in `why` for each. */
MUST_CHECK err_t header2_open(const struct header2 *h, enum signer_kind kind, struct span secret,
                              struct header2_opened *ret, struct why *why);
