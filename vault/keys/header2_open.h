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
/* What it is opened with. */
struct header2_secret {
	enum signer_kind kind; /* of the slots that are tried */
	struct span bytes;     /* as of wrap2_open */
	/* may: before work on a passphrase: a store can add slots whose wraps cost; anything but ERR_OK ends all, and
	 * is answered. NULL: whatever it costs. */
	err_t (*may)(void *ctx, const struct kdf_params *work, struct why *why);
	void *ctx;
};
/* header2_open: tries every slot of that kind whose wrap counts, those of genesis first, since nobody can add to them.
 * ERR_WRONGKEY; ERR_LIMIT: it asks for more or less work on a passphrase than is safe; ERR_DAMAGED: forged; a sentence
 * in `why` for each. What `may` answers. */
MUST_CHECK err_t header2_open(const struct header2 *h, const struct header2_secret *secret, struct header2_opened *ret,
                              struct why *why);
/* header2_opens: whether it has a slot of that kind whose wrap counts. */
bool header2_opens(const struct header2 *h, enum signer_kind kind);
