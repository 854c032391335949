/* SPDX-License-Identifier: MIT
 * What the files of the header share. A struct header is always verified: decode builds it, the header_add_* functions
 * keep it so. Lists are kept in canonical order, so that equal sets give equal bytes.
 */
#pragma once

#include "vault/keys/header.h"

#define HEADER_VERSION 1
#define HEADER_INCOMPATIBLE 0u /* feature bits that this build knows */
#define HEADER_MAX (1u << 20)
#define SLOTS_MAX 64
#define ROOTS_MAX 256
#define HEADER_STATEMENTS_MAX 256
#define WRAPPED_LEN (ENVELOPE_LEN + 32 + HASH_LEN)
#define SEALED_LEN (BOX_LEN + 32 + HASH_LEN)
#define DEVICE_NAME_MAX 64

struct slot_keys { /* what genesis or a SLOT_ADD statement proves of a slot */
	uint8_t id[ID_LEN];
	uint8_t kind;
	struct public_keys keys;
};
struct genesis {
	uint8_t vault[ID_LEN];
	uint8_t cipher;
	int64_t time; /* wall seconds */
	uint8_t device[ID_LEN], device_key[32], stream[ID_LEN];
	struct span name;         /* of the device */
	struct slot_keys slot[2]; /* recovery, passphrase */
	uint8_t commitment[32];   /* to root 1 */
};
struct wrap { /* how a secret opens its slot; not proven by itself: unlock compares the seed's keys with the slot's */
	uint8_t id[ID_LEN];
	uint8_t kind;
	struct kdf_params kdf; /* zero unless SLOT_PASSPHRASE */
	uint8_t salt[32];
	uint8_t wrapped[WRAPPED_LEN];
};
struct sealed_root {
	uint32_t epoch;
	uint8_t id[HASH_LEN]; /* epoch id */
	uint8_t slot[ID_LEN];
	uint8_t sealed[SEALED_LEN];
};
struct header_statement {
	struct buf bytes;
	uint8_t hash[HASH_LEN];
	struct statement s; /* cuts and name unused: they may point nowhere */
	int previous;       /* index of its slot's statement before it, or -1 */
};
struct slot_roster {
	struct slot_keys slot[SLOTS_MAX];
	size_t n;
};
struct header {
	uint32_t compatible; /* feature bits, unknown ones kept */
	struct buf genesis_bytes;
	struct genesis genesis;
	uint8_t genesis_hash[HASH_LEN];
	uint8_t genesis_sig[2][SIG_LEN];
	struct wrap wraps[SLOTS_MAX]; /* by id */
	size_t nwraps;
	struct sealed_root roots[ROOTS_MAX]; /* by epoch, slot */
	size_t nroots;
	struct header_statement statements[HEADER_STATEMENTS_MAX]; /* each after what it rests on, else by hash */
	size_t nstatements;
	struct slot_roster proven; /* every slot that genesis or a statement names */
	struct slot_roster live;   /* those that are not removed */
	struct buf hints;          /* joins(8), then whatever a newer version put there */
};

/* --- genesis.c --- */
MUST_CHECK err_t genesis_encode(const struct genesis *g, struct buf *out);
MUST_CHECK err_t genesis_decode(struct span bytes, struct genesis *ret, struct why *why); /* name points into bytes */
/* root_commitment: what genesis says of root 1. */
MUST_CHECK err_t root_commitment(const uint8_t vault[ID_LEN], const struct key *root, uint8_t out[32]);

/* --- slot_roster.c: which slots count --- */
/* roster_prove: verifies the statements in their order and fills h->proven and h->live. ERR_DAMAGED when one is not
 * signed by a human slot named before it, does not continue that slot's chain, or targets what is not there. */
MUST_CHECK err_t roster_prove(struct header *h, struct why *why);
/* roster_statement: the index of the statement with that hash, or -1. */
int roster_statement(const struct header *h, const uint8_t hash[HASH_LEN]);
const struct slot_keys *roster_find(const struct slot_roster *r, const uint8_t id[ID_LEN]);

/* --- slots.c --- */
struct slot { /* secret_alloc'ed */
	uint8_t id[ID_LEN];
	uint8_t kind;
	struct key seed;
};
/* slot_wrap: fills `w` (its id, kind and kdf are set; salt is drawn here) so that `secret` opens `seed` again. */
MUST_CHECK err_t slot_wrap(const struct header *h, struct wrap *w, struct span secret, const struct key *seed);
/* slot_unwrap: ERR_WRONGKEY, ERR_LIMIT (KDF parameters), ERR_DAMAGED (another vault's genesis inside). */
MUST_CHECK err_t slot_unwrap(const struct header *h, const struct wrap *w, struct span secret, struct key *seed);
/* root_seal / root_open: one epoch's root for one slot. Epoch 1 must match genesis' commitment, a later one carries a
 * proof under root 1. */
MUST_CHECK err_t root_seal(const struct header *h, const struct keyring *k, uint32_t epoch, const struct slot_keys *to,
                           struct sealed_root *ret);
MUST_CHECK err_t root_open(const struct header *h, const struct sealed_root *r, const struct slot *slot,
                           const struct key *root1, struct key *ret);

/* --- header.c, header_edit.c --- */
struct header *header_new(void);
/* header_insert_wrap: at its place by id. ERR_LIMIT. */
MUST_CHECK err_t header_insert_wrap(struct header *h, const struct wrap *w);
/* slot_kind_human: may sign statements. */
static inline bool slot_kind_human(unsigned kind)
{
	return kind == SLOT_RECOVERY || kind == SLOT_PASSPHRASE;
}
