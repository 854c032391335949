/* SPDX-License-Identifier: MIT
 * Plaintext of an object "root": epoch roots for a member that was not among the recipients of their epochs.
 * docs/format.md, "Root". Unsigned, and a claim.
 *
 *   version(u8: 2) count(varint), then ascending by (number, epoch's id): start(length as varint, bytes; epoch.h)
 *   box(length as varint, bytes) of root and proof
 */
#pragma once

#include "vault/join/epoch.h"

struct root_entry { /* spans point into what it was decoded from */
	uint32_t number;
	struct hash epoch_id;
	struct span start, box;
};
struct root {
	struct root_entry *v;
	size_t n, cap;
};
void root_free(struct root *x);
/* root_add: an entry behind the others, by its start. ERR_INVAL: not behind them, or what the format cannot hold;
 * ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t root_add(struct root *x, struct span start, struct span box);
/* root_encode: appends. root_decode: pure; `ret` is the caller's to free. ERR_DAMAGED, ERR_VERSION, ERR_NOMEM. */
MUST_CHECK err_t root_encode(const struct root *x, struct buf *out);
MUST_CHECK err_t root_decode(struct span plain, struct root *ret);
