/* SPDX-License-Identifier: MIT
 * Genesis: what a vault is, said once and signed by both first human slots. Its hash is the vault's true name. Layout:
 * docs/format1.md, "Genesis".
 */
#pragma once

#include "vault/keys/slot_keys.h"

/* What a person is told of a header that somebody made, since its checksum is right, and that is not genuine. */
#define HEADER_TAMPERED "The vault's header looks tampered with. Do not enter your passphrase again"

struct genesis {
	struct id vault;
	uint8_t cipher; /* enum cipher */
	int64_t time;   /* wall seconds */
	struct id device, stream;
	uint8_t device_key[32];
	struct span name;         /* of the device */
	struct slot_keys slot[2]; /* recovery, passphrase */
	uint8_t commitment[32];   /* to epoch root 1 */
};
/* genesis_encode: appends the bytes that both slots sign. */
MUST_CHECK err_t genesis_encode(const struct genesis *g, struct buf *out);
/* genesis_decode: pure; the name points into `bytes`. ERR_DAMAGED; ERR_VERSION: a cipher that is not known here. */
MUST_CHECK err_t genesis_decode(struct span bytes, struct genesis *ret, struct why *why);
/* epoch_root_commitment: what genesis says of epoch root 1. */
MUST_CHECK err_t epoch_root_commitment(struct id vault, const struct key *root, uint8_t out[32]);
