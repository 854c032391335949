/* SPDX-License-Identifier: MIT
 * A box of format 2: of a text to a box key and its mix key, so that who records it now and breaks X25519 later lacks
 * the mix key (docs/format.md, "Box").
 *
 *   suite(u8: 1) ephemeral X25519 key(32) envelope
 */
#pragma once

#include "crypto/envelope.h"

#define BOX_SUITE 1
#define BOX_KEY (1 + 32)                 /* a box key: suite, X25519 key */
#define BOX_MORE (1 + 32 + ENVELOPE_LEN) /* bytes more than the text */

struct box_to {
	struct span box_key; /* as statements have it */
	const struct key *mix;
};
/* What is drawn for a box: by chance, or derived where others must be able to make the same box. */
struct box_draw {
	struct key ephemeral; /* private */
	uint8_t salt[32];     /* of the envelope */
};
void box_draw_wipe(struct box_draw *d);
MUST_CHECK err_t box_draw(struct box_draw *ret);
/* box_seal: appends to `out`. ERR_VERSION: a box key of a suite that is not known here; ERR_DAMAGED: one that no box
 * can be made to. */
MUST_CHECK err_t box_seal(enum cipher c, const struct box_to *to, const struct box_draw *d, struct span aad,
                          struct span in, struct buf *out);
/* box_open: by the seed of the receiver; appends. ERR_VERSION, ERR_DAMAGED, errors of envelope_open. */
struct box_by {
	const struct key *seed, *mix;
};
MUST_CHECK err_t box_open(enum cipher c, const struct box_by *by, struct span aad, struct span in, struct buf *out);
