/* SPDX-License-Identifier: MIT
 * What starts an epoch, inside the commit that does: its cause and the new epoch root, boxed for each member.
 * docs/format1.md.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/kinds.h"

/* A box is recipient id(16) (slot or device), then box_seal of the 32-byte epoch root. */
#define EPOCH_BOX_LEN (ID_LEN + BOX_LEN + 32)
#define EPOCH_BOXES_MAX 4096
struct epoch_start {
	struct hash cause;    /* hash of the revocation; zero: none */
	const uint8_t *boxes; /* nboxes * EPOCH_BOX_LEN */
	size_t nboxes;        /* 1..EPOCH_BOXES_MAX */
};
/* epoch_start_encode: appends. ERR_INVAL: a number of boxes that the format cannot hold. */
MUST_CHECK err_t epoch_start_encode(const struct epoch_start *s, struct buf *out);
/* epoch_start_decode: pure; boxes point into `bytes`. ERR_DAMAGED, ERR_VERSION. */
MUST_CHECK err_t epoch_start_decode(struct span bytes, struct epoch_start *ret);
/* epoch_start_box: the sealed epoch root for one recipient (BOX_LEN + 32 bytes); false: not among them. */
bool epoch_start_box(const struct epoch_start *s, struct id recipient, struct span *ret);
