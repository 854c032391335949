/* SPDX-License-Identifier: MIT
 * What struct sync keeps for a person of the vault's devices: whether this one was removed (members/removed.h), and all
 * of them (members/roll.h).
 */
#pragma once

#include "sync/core/state.h"
#include "vault/join/signer.h"

struct removed {
	bool is;
	struct id by; /* zero: the device that let it in was removed, before that */
	enum signer_kind by_kind;
	int64_t since; /* s: as it was said */
	char text[STATE_TEXT + 1];
};
enum roll_state {
	ROLL_MEMBER,
	ROLL_PENDING, /* a member of which no commit is known */
	ROLL_REVOKED,
	ROLL_NEVER /* let in by who was revoked before that alone: it never counted */
};
struct roll_by { /* a statement */
	struct id signer;
	enum signer_kind kind;
	int64_t time; /* s, by the signer's clock; 0: there is none */
};
struct roll_device {
	struct id id;
	enum roll_state state;
	bool own;
	struct roll_by admitted; /* none: genesis names it */
	struct roll_by revoked;
	uint64_t n;   /* its newest commit that is known here; 0: none is */
	int64_t seen; /* wall ns, by its clock: when it made that, or wrote its head; 0: not known */
};
struct roll_hashes {
	struct hash members; /* of genesis, who is a member, which recovery slot is in force, rules */
	struct hash state;   /* of positions and records: of what is applied here, and published */
	uint64_t signers;    /* members, slots too */
	uint64_t commits;    /* positions in all */
};
struct roll {
	struct roll_device *v; /* by when they were let in */
	size_t n;
	struct roll_hashes hashes;
};
