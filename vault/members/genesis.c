/* SPDX-License-Identifier: MIT */
#include "vault/members/genesis.h"

#include "crypto/hash.h"
#include "crypto/public.h"
#include "util/cleanup.h"
#include "vault/join/epoch.h"

#include <string.h>

/* Their NULs are part of them. */
#define GENESIS_LABEL "cloudseal genesis 2"
#define SIGN_LABEL "cloudseal genesis"

/* -- the form ----------------------------------------------------------------------------------------------------- */

/* slots_ok: one of the recovery key, perhaps one of a passphrase. */
static bool slots_ok(const struct genesis *g)
{
	if (g->slot_n < 1 || g->slot_n > GENESIS_SLOTS_MAX)
		return false;
	for (size_t i = 0; i < g->slot_n; i++)
		if (g->slot[i].who.kind != (i ? SIGNER_PASSPHRASE : SIGNER_RECOVERY) ||
		    !epoch_box_ok(g->slot[i].box, EPOCH_ROOT))
			return false;
	return true;
}

static void put_suites(const struct genesis *g, struct buf *out)
{
	buf_u8(out, (uint8_t)g->cipher);
	buf_u8(out, GENESIS_BLOCK_HASH);
	buf_u8(out, GENESIS_KDF);
	buf_u8(out, BOX_SUITE);
	buf_u32(out, GENESIS_BLOCK_SIZE);
}

static err_t put_signers(const struct genesis *g, struct buf *out)
{
	err_t e = signer_put_keys(out, SIGNER_JOIN, &g->device);
	buf_u16(out, (uint16_t)g->slot_n);
	for (size_t i = 0; !e && i < g->slot_n; i++) {
		e = signer_put_keys(out, SIGNER_SLOT, &g->slot[i].who);
		buf_blob16(out, g->slot[i].box);
	}
	return e;
}

err_t genesis_encode(const struct genesis *g, struct buf *out)
{
	size_t before = out->len;
	if (!slots_ok(g) || !cipher_known(g->cipher))
		return ERR_INVAL;
	buf_put(out, GENESIS_LABEL, sizeof(GENESIS_LABEL));
	buf_id(out, g->vault);
	put_suites(g, out);
	buf_u64(out, (uint64_t)g->time);
	err_t e = put_signers(g, out);
	buf_hash(out, g->commitment);
	if (!e)
		e = buf_ok(out);
	if (e)
		out->len = before;
	return e;
}

/* get_suites: ERR_VERSION: one is not known here. */
static err_t get_suites(struct rd *r, struct genesis *g)
{
	uint8_t cipher = rd_u8(r), block_hash = rd_u8(r), kdf = rd_u8(r), box = rd_u8(r);
	uint32_t block_size = rd_u32(r);
	if (r->bad)
		return ERR_DAMAGED;
	if (!cipher_known(cipher) || block_hash != GENESIS_BLOCK_HASH || kdf != GENESIS_KDF)
		return ERR_VERSION;
	g->cipher = (enum cipher)cipher;
	return box == BOX_SUITE && block_size == GENESIS_BLOCK_SIZE ? ERR_OK : ERR_VERSION;
}

static void get_slots(struct rd *r, struct genesis *g)
{
	uint16_t n = rd_u16(r);
	if (n > GENESIS_SLOTS_MAX)
		r->bad = true;
	while (g->slot_n < n && !r->bad) {
		struct genesis_slot *s = &g->slot[g->slot_n++];
		signer_get_keys(r, SIGNER_SLOT, &s->who);
		s->box = rd_blob16(r);
	}
}

err_t genesis_decode(struct span genesis, struct genesis *ret)
{
	struct rd r = RD(genesis);
	struct genesis g = { 0 };
	const uint8_t *label = rd_bytes(&r, sizeof(GENESIS_LABEL));
	if (!label || memcmp(label, GENESIS_LABEL, sizeof(GENESIS_LABEL)))
		return ERR_DAMAGED;
	g.vault = rd_id(&r);
	err_t e = get_suites(&r, &g);
	if (e)
		return e;
	g.time = (int64_t)rd_u64(&r);
	signer_get_keys(&r, SIGNER_JOIN, &g.device);
	get_slots(&r, &g);
	g.commitment = rd_hash(&r);
	if (!rd_end(&r) || !slots_ok(&g))
		return ERR_DAMAGED;
	*ret = g;
	return ERR_OK;
}

err_t genesis_hash(struct span genesis, struct hash *ret)
{
	return crypto_sha256(genesis, ret);
}

/* -- signatures --------------------------------------------------------------------------------------------------- */

static err_t message_of(struct span genesis, struct buf *out)
{
	buf_put(out, SIGN_LABEL, sizeof(SIGN_LABEL));
	buf_put(out, genesis.p, genesis.len);
	return buf_ok(out);
}

/* signer_at: of those that sign, in their order. */
static const struct signer_new *signer_at(const struct genesis *g, size_t i)
{
	return i < g->slot_n ? &g->slot[i].who : &g->device;
}

/* same_signer: keys, mix key and kind. */
static bool same_signer(const struct signer_new *named, const struct signer_mine *m)
{
	return named->kind == m->kind && !memcmp(named->sign_key, m->sign_key, SIGNER_KEY) &&
	       !span_cmp(named->box_key, SPAN(m->box_key, sizeof(m->box_key))) && hash_eq(named->mix, m->mix_hash);
}

err_t genesis_sign(struct span genesis, const struct signer_mine *const *by, size_t n, struct buf *out)
{
	cleanup(buf_free) struct buf message = BUF_INIT;
	uint8_t sig[GENESIS_SIGNERS_MAX][SIGNER_SIG];
	struct genesis g;
	if (genesis_decode(genesis, &g) || n != g.slot_n + 1)
		return ERR_INVAL;
	err_t e = message_of(genesis, &message);
	for (size_t i = 0; !e && i < n; i++)
		e = same_signer(signer_at(&g, i), by[i]) ? ed25519_sign(&by[i]->sign, buf_span(&message), sig[i])
		                                         : ERR_INVAL;
	if (e)
		return e;
	buf_blob16(out, genesis);
	buf_u16(out, (uint16_t)n);
	buf_put(out, sig, n * SIGNER_SIG);
	return buf_ok(out);
}

err_t genesis_check(struct span with_signatures, struct genesis *ret, struct span *ret_genesis)
{
	cleanup(buf_free) struct buf message = BUF_INIT;
	struct rd r = RD(with_signatures);
	struct genesis g;
	struct span genesis = rd_blob16(&r);
	err_t e = r.bad ? ERR_DAMAGED : genesis_decode(genesis, &g);
	if (e)
		return e;
	size_t n = rd_u16(&r);
	const uint8_t *sig = rd_bytes(&r, n * SIGNER_SIG);
	if (!rd_end(&r) || n != g.slot_n + 1)
		return ERR_DAMAGED;
	e = message_of(genesis, &message);
	for (size_t i = 0; !e && i < n; i++)
		e = crypto_verify(signer_at(&g, i)->sign_key, buf_span(&message), sig + i * SIGNER_SIG);
	if (e)
		return e;
	*ret = g;
	*ret_genesis = genesis;
	return ERR_OK;
}

/* -- who it names ------------------------------------------------------------------------------------------------- */

err_t genesis_named(const struct genesis *g, struct roster_named ret[GENESIS_SIGNERS_MAX], size_t *ret_n)
{
	struct roster_named named[GENESIS_SIGNERS_MAX] = { { .who = g->slot[0].who }, { .who = g->device } };
	size_t n = g->slot_n + 1;
	if (g->slot_n > 1)
		named[2].who = g->slot[1].who;
	for (size_t i = 0; i < n; i++) {
		named[i].who.rank = (uint32_t)i;
		err_t e = signer_id(g->vault, &named[i].who, &named[i].id);
		if (e)
			return e;
	}
	memcpy(ret, named, sizeof(named));
	*ret_n = n;
	return ERR_OK;
}
