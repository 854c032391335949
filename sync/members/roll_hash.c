/* SPDX-License-Identifier: MIT */
#include "sync/members/roll_hash.h"

#include "sync/core/digest_now.h"
#include "sync/core/sync_struct.h"
#include "sync/deliver/place.h"
#include "sync/members/statements.h"

static void label(struct buf *out, const char *text)
{
	buf_put(out, text, strlen(text) + 1);
}

static err_t hash(struct buf *of, struct hash *ret)
{
	err_t e = buf_ok(of);
	return e ? e : crypto_sha256(buf_span(of), ret);
}

err_t roll_hash_members(const struct roster *r, struct hash genesis, struct roll_hashes *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	uint64_t n = 0;
	label(&b, "cloudseal verify members");
	buf_hash(&b, genesis);
	buf_u32(&b, r->rules);
	buf_id(&b, roster_in_force(r)->id);
	for (size_t i = 0; i < r->signer_n; i++) {
		if (!roster_member(&r->signer[i]))
			continue;
		buf_id(&b, r->signer[i].id);
		n++;
	}
	ret->signers = n;
	return hash(&b, &ret->members);
}

err_t roll_hash_state(const struct vv *positions, struct hash digest, struct hash genesis, struct roll_hashes *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	uint64_t n = 0;
	label(&b, "cloudseal verify state");
	buf_hash(&b, genesis);
	buf_hash(&b, digest);
	for (size_t i = 0; i < positions->n; i++) {
		buf_u64(&b, positions->v[i].stream);
		buf_u64(&b, positions->v[i].n);
		buf_id(&b, positions->v[i].hash);
		n += positions->v[i].n;
	}
	ret->commits = n;
	return hash(&b, &ret->state);
}

err_t roll_hashes(struct sync *s, struct roll_hashes *ret)
{
	cleanup(vv_free) struct vv at = { 0 };
	const struct hash genesis = keyring_genesis(s->c.keyring);
	struct hash digest;
	err_t e = digest_now(s, &digest);
	if (!e)
		e = place_positions(s, &at);
	if (!e)
		e = roll_hash_members(&s->statements->roster, genesis, ret);
	return e ? e : roll_hash_state(&at, digest, genesis, ret);
}
