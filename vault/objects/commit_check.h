/* SPDX-License-Identifier: MIT
 * What a commit must be beside its bytes (docs/format.md, "Refused"): decided by the commit, what it stands on and
 * statements, never by what else is here, so that all devices refuse the same. Pure.
 *
 * Not here: signatures, and that the object's place and stream are the commit's (who opens it); that commit n - 1 and
 * what vv names are applied; whether the boxes of an epoch's start are those of the members.
 */
#pragma once

#include "vault/objects/commit.h"

#define COMMIT_LAMPORT_STEP (UINT64_C(1) << 28) /* over what it stands on */
#define COMMIT_LAMPORT_MAX (UINT64_C(1) << 63)
#define COMMIT_RECORDS_MAX (1u << 22)
#define COMMIT_BYTES_MAX ((uint64_t)1 << 30) /* of all parts */
#define COMMIT_VERSIONS_MAX 64               /* of one inode */
#define COMMIT_KEYS_MAX 256                  /* in one MAP or VERSION */

enum refusal {
	REFUSED_NOT = 0,
	REFUSED_PARTS,   /* of several commits, missing, other hashes than the last says, keys out of order */
	REFUSED_LIMIT,   /* records, bytes, versions or keys */
	REFUSED_LAMPORT, /* not over what it stands on, or too far */
	REFUSED_RULES,   /* a rules version that no RULES statement gave */
	REFUSED_PURGE,   /* of what must stay, or a malformed key */
	REFUSED_EPOCH,   /* a start of a wrong number, or with other records than members'; EPOCH of what none began */
	REFUSED_RECORD,  /* breaks a rule of its kind (known.h) */
	REFUSED_STAMP,   /* of a commit that it does not stand on, or over its lamport */
	REFUSED_NOT_WHOLE,   /* a new life, removal or version that lacks something */
	REFUSED_ANOTHERS,    /* another device's content, or its name */
	REFUSED_MEMBER,      /* JOIN, SLOT or, of the first of a vault, genesis without mix key or wrap */
	REFUSED_INCARNATION, /* a first commit without that of its stream */
	REFUSED_FIRST        /* stands on nothing, and does not begin this vault (commit_first.h) */
};
/* What the commit stands on; of vv(C) but C, unless it says else. */
struct commit_basis {
	const struct vv *vv;     /* vv(C), with C */
	uint64_t lamport;        /* greatest of these commits; 0: there are none */
	uint64_t rules;          /* greatest of the RULES statements that count */
	uint32_t epoch;          /* greatest number begun; 1: only genesis */
	uint32_t epoch_most;     /* that it may be at most, where it is not known; else no more than `epoch` */
	struct id vault, device; /* device: whose stream it is */
	struct hash genesis;
	/* whose stream; that of nobody: ID_ZERO */
	struct id (*device_of)(void *ctx, uint64_t stream);
	/* begun: whether it stands on a commit that began that epoch, of a number over 1 */
	err_t (*begun)(void *ctx, uint32_t number, struct hash id, bool *ret);
	void *ctx;
};
static inline uint32_t commit_epoch_most(const struct commit_basis *b)
{
	return b->epoch > b->epoch_most ? b->epoch : b->epoch_most;
}
struct commit_part {
	struct commit c;  /* decoded */
	struct hash hash; /* of its object */
	uint64_t bytes;   /* of the plaintext */
};
/* commit_check: all parts of one commit, by number. *ret: why it is refused; REFUSED_NOT: it is not. ERR_NOMEM,
 * ERR_CRYPTO. */
MUST_CHECK err_t commit_check(const struct commit_part *parts, size_t n, const struct commit_basis *b,
                              enum refusal *ret);
