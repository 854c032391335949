/* SPDX-License-Identifier: MIT
 * What a roster is made of, for the steps that derive it: which statements are good (good.c), who is in (pins.c), which
 * recovery slot is in force (in_force.c, settled.c), who is revoked (roster.c), streams (roster_streams.c).
 *
 * Terms (docs/format.md, "Statements")
 *   good    a statement that is signed by a signer that genesis or a good one names, behind a good one, with a rank
 *           that may be. More statements make more of them good, never fewer.
 *   in      a signer that genesis names, a recovery slot that was in force, or whom a statement that counts lets in.
 *   pin     of a signer: a statement of it, or nothing. Kept are those of its statements that lead up to all its pins.
 *   counts  a good statement that is kept, of a signer that is in.
 *   member  a signer that is in and has no pin.
 * Invariants
 *   1. All of it is a function of the set: order and duplicates change nothing.
 *   2. Pins are only put. So what does not count once does not count again while a roster is made.
 *   3. The last of `slots` is in and has no pin: there is always a way in.
 */
#pragma once

#include "vault/members/heard.h"

#define ROSTER_NONE SIZE_MAX

struct roster_said { /* a good statement; indices of others and of signers, ROSTER_NONE: there is none */
	const struct heard *s;
	size_t signer;
	size_t before;    /* in its chain */
	size_t about;     /* JOIN, SLOT: who is let in; REVOKE: who is revoked */
	size_t pin;       /* REVOKE, SLOT; ROSTER_NONE: nothing of that signer counts */
	size_t replaces;  /* SLOT: a signer */
	size_t confirmed; /* CONFIRM: a SLOT statement */
	bool kept;        /* by the pins of its signer */
	bool revokes;     /* REVOKE: it has put its pin */
};
struct roster_signer { /* whom genesis or a good statement names */
	struct id id;
	struct signer_new who;  /* its keys; hash of the wrap and rank are the first statement's that was found */
	uint32_t rank, highest; /* the least that is said, and the greatest */
	size_t first, n;        /* its good statements */
	size_t place;           /* of a recovery slot: when it was in force; ROSTER_NONE: never */
	bool by_genesis, in, pinned;
	size_t pin; /* of a pinned one: its last statement that counts; ROSTER_NONE: none does */
};
struct roster {
	struct roster_said *said; /* ascending by signer, number, hash */
	size_t said_n;
	struct roster_signer *signer; /* ascending by id */
	size_t signer_n;
	size_t *slots,
	        *by; /* recovery slots in force, one after the other, and the SLOT that brought each but the first */
	size_t slots_n;
	uint32_t rules; /* greatest rules version that was said; 0: none was */
	bool read_only; /* the recovery slot said something critical that is not known here */
};
/* What genesis says, and how signatures are looked at. */
struct roster_named {
	struct id id;
	struct signer_new who; /* with rank: recovery slot 0, first device 1, passphrase slot 2 */
};
struct roster_basis {
	const struct roster_named *named; /* the recovery slot, the first device, perhaps a passphrase slot */
	size_t named_n;
	/* check: whether `s` is signed by that key, and the proof of a JOIN by the one that is let in. ERR_DAMAGED: no;
	 * all else ends the derivation. It is asked once at most for each statement and signer. */
	err_t (*check)(void *ctx, const struct heard *s, const uint8_t *sign_key);
	void *ctx;
};
