/* SPDX-License-Identifier: MIT
 * From a secret and the header to the keys of a vault. Sure is what genesis says: the slot by its signature or by the
 * anchor in its wrap, root 1 by the commitment. Roots of later epochs are claims, whoever brings them.
 */
#pragma once

#include "vault/keys/header.h"
#include "vault/keys/keyring.h"

struct header_opened {
	struct signer_mine *slot; /* secret_freep */
	struct keyring *keyring;  /* keyring_freep; root 1 is added, others are claimed */
};
/* What it is opened with. */
struct header_secret {
	enum signer_kind kind; /* of the slots that are tried */
	struct span bytes;     /* as of wrap_open */
	/* may: before work on a passphrase: a store can add slots whose wraps cost; anything but ERR_OK ends all, and
	 * is answered. NULL: whatever it costs. */
	err_t (*may)(void *ctx, const struct kdf_params *work, struct why *why);
	void *ctx;
};
/* header_open: tries every slot of that kind whose wrap counts, those of genesis first, since nobody can add to them.
 * ERR_WRONGKEY; ERR_LIMIT: it asks for more or less work on a passphrase than is safe; ERR_DAMAGED: forged; a sentence
 * in `why` for each. What `may` answers. */
MUST_CHECK err_t header_open(const struct header *h, const struct header_secret *secret, struct header_opened *ret,
                             struct why *why);
/* header_opens: whether it has a slot of that kind whose wrap counts. */
bool header_opens(const struct header *h, enum signer_kind kind);
