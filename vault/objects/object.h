/* SPDX-License-Identifier: MIT
 * Sealing of the objects of format 2 but header and segments (docs/format.md, "Sealed objects"): hash and signature of
 * the contents, frame (frame.h), envelope. Opening goes back the same way.
 */
#pragma once

#include "vault/keys/epoch_keys.h"
#include "vault/objects/frame.h"
#include "vault/objects/name.h"

enum object_type {
	OBJECT_COMMIT = 1,
	OBJECT_HEAD,
	OBJECT_JOIN, /* unsigned */
	OBJECT_MANIFEST,
	OBJECT_CHUNK, /* unsigned */
	OBJECT_ROOT,  /* unsigned */
	OBJECT_GUIDE
};
/* Where an object belongs: bound into it, so that it opens nowhere else. */
struct object_place {
	const struct epoch_at *epoch;
	const struct key *objects; /* KEY_OBJECTS of it */
	enum cipher cipher;
	enum object_type type;
	const char *name; /* 32 hex digits */
};
/* object_hash: of contents, without the name, so a copy under another name keeps it. */
MUST_CHECK err_t object_hash(const struct object_place *at, struct span contents, struct hash *ret);
/* object_seal: appends. `seed` signs; NULL for the types that are unsigned. ERR_INVAL: no contents, a seed too many or
 * too few, a name that is none; ERR_LIMIT: too large. */
MUST_CHECK err_t object_seal(const struct object_place *at, struct span contents, const struct key *seed,
                             struct buf *out, struct hash *ret_hash);
/* object_seal_again: contents that another signed, for another place. */
MUST_CHECK err_t object_seal_again(const struct object_place *at, struct span contents, const uint8_t sig[SIG_LEN],
                                   struct buf *out);
/* object_open: appends the contents. ERR_DAMAGED: not sealed for this place, or not of this form. The signature (zero
 * if the type has none) is checked with object_verify when the signer, whom only the contents name, is known. */
MUST_CHECK err_t object_open(const struct object_place *at, struct span bytes, struct buf *contents,
                             struct hash *ret_hash, uint8_t ret_sig[SIG_LEN]);
/* object_verify: a returned signature over a returned hash. ERR_DAMAGED. */
MUST_CHECK err_t object_verify(const uint8_t sign_key[32], struct hash hash, const uint8_t sig[SIG_LEN]);
