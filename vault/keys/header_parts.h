/* SPDX-License-Identifier: MIT
 * What the files of the header share, and print/. A struct header is always verified: decode builds it, the
 * header_add_* functions keep it so. Lists are kept in canonical order, so that equal sets give equal bytes.
 */
#pragma once

#include "vault/keys/genesis.h"
#include "vault/keys/header.h"
#include "vault/keys/slot_roster.h"
#include "vault/keys/statement.h"

#define HEADER_VERSION 2       /* the one that is opened: it says of what format the records are */
#define HEADER_INCOMPATIBLE 0u /* feature bits that this build knows */
#define EPOCH_ROOTS_MAX 256
#define HEADER_STATEMENTS_MAX 256
#define WRAPPED_LEN (ENVELOPE_LEN + 32 + HASH_LEN)
#define SEALED_LEN (BOX_LEN + 32 + HASH_LEN)

struct wrap { /* how a secret opens its slot; not proven by itself: unlock compares the seed's keys with the slot's */
	struct id id;
	uint8_t kind;
	struct kdf_params kdf; /* zero unless SLOT_PASSPHRASE */
	uint8_t salt[32];
	uint8_t wrapped[WRAPPED_LEN];
};
struct sealed_epoch_root {
	uint32_t epoch;
	struct hash id; /* epoch id */
	struct id slot;
	uint8_t sealed[SEALED_LEN];
};
struct header_statement {
	struct buf bytes;
	struct hash hash;
	struct statement s; /* cuts and name unused: they may point nowhere */
	int previous;       /* index of its slot's statement before it, or -1 */
};
struct header {
	uint32_t compatible; /* feature bits, unknown ones kept */
	struct buf genesis_bytes;
	struct genesis genesis;
	struct hash genesis_hash;
	uint8_t genesis_sig[2][SIG_LEN];
	struct wrap wraps[SLOTS_MAX]; /* by id */
	size_t nwraps;
	struct sealed_epoch_root epoch_roots[EPOCH_ROOTS_MAX]; /* by epoch, slot */
	size_t nepoch_roots;
	struct header_statement statements[HEADER_STATEMENTS_MAX]; /* each after what it rests on, else by hash */
	size_t nstatements;
	struct slot_roster proven; /* every slot that genesis or a statement names */
	struct slot_roster live;   /* those that are not removed */
	struct buf hints;          /* joins(8), then whatever a newer version put there */
};

struct slot { /* secret_alloc'ed */
	struct id id;
	uint8_t kind;
	struct key seed;
};
