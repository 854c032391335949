/* SPDX-License-Identifier: MIT
 * Records about the vault itself: format, devices, streams, slots, epochs, checkpoints, united directories. Encoders
 * mark `out` failed for what the format cannot hold; decoders answer ERR_DAMAGED, ERR_VERSION, and their spans point
 * into `value`.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/records/kinds.h"

#define DEVICE_NAME_MAX 64 /* bytes */

/* device_name_ok: well-formed UTF-8 (RFC 3629) without control characters, 1..DEVICE_NAME_MAX bytes. */
bool device_name_ok(struct span name);
struct device_rec { /* REC_DEVICE */
	struct span name;
	uint8_t sign_key[32]; /* Ed25519 */
	struct id slot;       /* the human slot that admitted it */
	int64_t added;        /* wall seconds */
};
void device_encode(const struct device_rec *d, struct buf *out);
MUST_CHECK err_t device_decode(struct span value, struct device_rec *ret);

struct stream_rec { /* REC_STREAM */
	struct id device;
	bool closed;
	uint64_t closed_at; /* nothing after this n counts; 0: nothing at all */
	struct hash closed_hash;
};
void stream_encode(const struct stream_rec *s, struct buf *out);
MUST_CHECK err_t stream_decode(struct span value, struct stream_rec *ret);

/* REC_SUPER: format of the map, 1 or more. */
void super_encode(uint32_t format, struct buf *out);
MUST_CHECK err_t super_decode(struct span value, uint32_t *ret);
/* REC_ALIAS: the inode that a united directory lives on under. */
void alias_encode(uint64_t ino, struct buf *out);
MUST_CHECK err_t alias_decode(struct span value, uint64_t *ret);
/* REC_EPOCH: the epoch root (the map is sealed everywhere; a reader wipes its copy). */
void epoch_encode(const struct key *root, struct buf *out);
MUST_CHECK err_t epoch_decode(struct span value, struct key *ret);

struct checkpoint_rec {        /* REC_CHECKPOINT */
	struct id manifest_id; /* object name */
	struct hash manifest;
	uint32_t epoch; /* it is sealed under */
};
void checkpoint_encode(const struct checkpoint_rec *c, struct buf *out);
MUST_CHECK err_t checkpoint_decode(struct span value, struct checkpoint_rec *ret);

struct slot_rec {     /* REC_SLOT */
	uint8_t kind; /* enum slot_kind of vault/keys/slot_keys.h */
	struct public_keys keys;
	struct span wrapped; /* the wrapped seed as the header holds it, 1..1024 bytes */
};
void slot_encode(const struct slot_rec *s, struct buf *out);
MUST_CHECK err_t slot_decode(struct span value, struct slot_rec *ret);
