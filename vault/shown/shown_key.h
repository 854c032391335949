/* SPDX-License-Identifier: MIT
 * Local records of the shown tree. They are a function of the shared records, never published, and absent wherever the
 * plain case says enough: one link, one version, shown as recorded, alone under its name.
 *
 * A key is the kind (u8) and numbers (u64, big-endian).
 *
 * The hash of a name in a directory: the upper half is of its base (vault/tree/conflict.h), the lower of all of it. So
 * whatever conflict names can meet, with each other or with recorded ones, is a *cluster*: hashes with one upper half,
 * which stand together. It is worked out by itself, however many others there are in the directory.
 *
 * A link whose directory is none is under INO_LOST; lost+found itself claims its name in the root while something is in
 * it. The hash is keyed (crypto/namehash.h): nobody chooses names that meet in one bucket.
 */
#pragma once

#include "crypto/namehash.h"
#include "vault/join/types.h"

enum shown_kind {
	/* dir, hash of a name: what claims the name (claims.h): live links of files that are recorded there, shown
	 * directories that hang there. */
	SHOWN_NAMES = 0xA0,
	/* dir, hash of a name; no value: its NAMES holds anything but one directory, or one file with one version. */
	SHOWN_SPECIAL = 0xA1,
	/* dir: it is united with others. Value: of the identity ino(u64) of each, itself first; of the others that of
	 * the identity. So a directory that joins many changes two of these. */
	SHOWN_MEMBERS = 0xA2,
	/* ino, lid, ino, lid; no value: half, or a removal by rename, of the second link is bound to the first. */
	SHOWN_BOUND = 0xA3,
	/* ino; no value: all links of the file are removed, and one is shown all the same. */
	SHOWN_REVIVED = 0xA4,
	/* ino, ino; no value: the first file shows a version that is recorded under the second, another; or it is a
	 * copy through which the version came to the one that does. */
	SHOWN_HOMES = 0xA5,
	/* dir: it hangs elsewhere than its record says: its move is void or, of hostile records, it is below itself.
	 * Value: the directory(u64) where it hangs, void(u8: 0 or 1). */
	SHOWN_HANGS = 0xA6,
	/* number, ino; no value: a sibling is shown beside the file, and would be split into one with this number. */
	SHOWN_COPIES = 0xAA,
	/* dir: how many names in it directories claim(u64); 0: absent. */
	SHOWN_SUBDIRS = 0xAB,
	/* ino; no value: the file has another link than its first, several versions that nobody replaced, or one that
	 * is recorded under another; or another shows one that is recorded here, or that came by it (HOMES). So of all
	 * others INODE tells everything. */
	SHOWN_SEVERAL = 0xAC,
};
/* All of them; others' kinds (vault/records/kinds.h) lie between. */
#define SHOWN_KINDS_N 10
extern const uint8_t shown_kinds[SHOWN_KINDS_N];

struct shown_key {
	uint8_t b[33];
	uint8_t len;
};
static inline struct span shown_key_span(const struct shown_key *k)
{
	return SPAN(k->b, k->len);
}
/* shown_key: the kind and the first `n` of `numbers` (n <= 4): a key, or the prefix of keys that begin alike. */
struct shown_key shown_key(enum shown_kind kind, const uint64_t *numbers, unsigned n);
static inline struct shown_key shown_key_1(enum shown_kind kind, uint64_t a)
{
	return shown_key(kind, (uint64_t[]){ a }, 1);
}
static inline struct shown_key shown_key_2(enum shown_kind kind, uint64_t a, uint64_t b)
{
	return shown_key(kind, (uint64_t[]){ a, b }, 2);
}
/* shown_key_cluster: the prefix of keys (dir, hash) of one cluster. */
struct shown_key shown_key_cluster(enum shown_kind kind, uint64_t dir, uint64_t hash);
/* shown_hash: of a name. shown_cluster: the first hash of the cluster that `hash` is in. */
MUST_CHECK err_t shown_hash(const struct namehash *h, struct span name, uint64_t *ret);
static inline uint64_t shown_cluster(uint64_t hash)
{
	return hash & ~(uint64_t)UINT32_MAX;
}
/* shown_key_number: number `i` of a key; ERR_DAMAGED: it has none. */
MUST_CHECK err_t shown_key_number(struct span key, unsigned i, uint64_t *ret);
