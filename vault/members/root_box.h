/* SPDX-License-Identifier: MIT
 * What binds an epoch's root, and its boxes (docs/format.md, "Epochs", "Box"). Boxes are made without chance: whoever
 * knows the root makes the same ones.
 */
#pragma once

#include "crypto/box.h"
#include "util/id.h"

#define ROOT_BOX_PROOF HASH_LEN

struct root_box_at { /* which epoch of which vault */
	struct id vault;
	struct hash genesis;
	enum cipher cipher;
	uint32_t number;
	const struct key *first; /* root of epoch 1: what proves that whoever made a later one knows it */
};
/* root_box_commits: what genesis or a start says of a root. root_box_proves: of a later one; with it in its boxes.
 */
MUST_CHECK err_t root_box_commits(const struct root_box_at *at, const struct key *root, struct hash *ret);
MUST_CHECK err_t root_box_proves(const struct root_box_at *at, const struct key *root, uint8_t ret[ROOT_BOX_PROOF]);
/* root_box_seal: of `root`, and of an epoch over 1 its proof, to the signer `id`; appends. Errors of box_seal. */
MUST_CHECK err_t root_box_seal(const struct root_box_at *at, const struct key *root, struct id id,
                               const struct box_to *to, struct buf *out);
/* root_box_open: what is in the box to signer `id`. `commitment`: NULL: not known, of a later epoch alone: then only
 * the proof says that it is a root. ERR_DAMAGED: also when it does not fit `commitment`, or the proof is wrong. Errors
 * of box_open. */
struct root_box_mine {
	struct id id;
	struct box_by by;
};
MUST_CHECK err_t root_box_open(const struct root_box_at *at, const struct root_box_mine *mine, struct span box,
                               const struct hash *commitment, struct key *ret);
