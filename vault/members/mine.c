/* SPDX-License-Identifier: MIT */
#include "vault/members/mine.h"

#include "crypto/hash.h"
#include "crypto/public.h"
#include "crypto/random.h"
#include "util/cleanup.h"
#include "vault/join/statement.h"

#include <string.h>

/* derive: what follows of vault, kind, seed and mix. */
static err_t derive(struct signer_mine *m)
{
	struct public_keys keys;
	err_t e = keys_from_seed(&m->seed, &keys);
	if (!e)
		e = crypto_subkey(&m->seed, "cloudseal sign", SPAN(NULL, 0), &m->sign);
	if (!e)
		e = crypto_sha256(SPAN(m->mix.b, sizeof(m->mix.b)), &m->mix_hash);
	if (e)
		return e;
	memcpy(m->sign_key, keys.sign, sizeof(m->sign_key));
	m->box_key[0] = BOX_SUITE;
	memcpy(m->box_key + 1, keys.box, sizeof(keys.box));
	struct signer_new who = signer_mine_new_of(m, 0);
	return signer_id(m->vault, &who, &m->id);
}

err_t signer_mine_of(struct id vault, enum signer_kind kind, const struct key *seed, const struct key *mix,
                     struct signer_mine **ret)
{
	cleanup(secret_freep) struct signer_mine *m = secret_alloc(sizeof(*m));
	if (!m)
		return ERR_NOMEM;
	m->vault = vault;
	m->kind = kind;
	m->seed = *seed;
	m->mix = *mix;
	err_t e = derive(m);
	if (!e)
		*ret = steal_ptr(m);
	return e;
}

err_t signer_mine_draw(struct id vault, enum signer_kind kind, struct signer_mine **ret)
{
	cleanup(key_wipe) struct key seed = { 0 }, mix = { 0 };
	err_t e = crypto_random(seed.b, sizeof(seed.b));
	if (!e)
		e = crypto_random(mix.b, sizeof(mix.b));
	return e ? e : signer_mine_of(vault, kind, &seed, &mix, ret);
}

struct signer_new signer_mine_new_of(const struct signer_mine *m, uint32_t rank)
{
	struct signer_new who = { .rank = rank, .kind = m->kind, .sign_key = m->sign_key, .mix = m->mix_hash };
	who.box_key = SPAN(m->box_key, sizeof(m->box_key));
	return who;
}

err_t mine_sign(const struct signer_mine *m, struct hash genesis, const struct signer_said *s, struct buf *out)
{
	cleanup(buf_free) struct buf message = BUF_INIT;
	uint8_t sig[SIGNER_SIG];
	struct signer_said said = *s;
	said.signer = m->id;
	said.sig = sig;
	err_t e = signer_message(m->vault, genesis, &said, &message);
	if (!e)
		e = ed25519_sign(&m->sign, buf_span(&message), sig);
	return e ? e : signer_put_statement(out, &said);
}

err_t mine_prove(const struct signer_mine *m, struct hash genesis, uint8_t proof[SIGNER_SIG])
{
	cleanup(buf_free) struct buf message = BUF_INIT;
	struct signer_new who = signer_mine_new_of(m, 0);
	err_t e = statement_proof_message(m->vault, genesis, &who, &message);
	return e ? e : ed25519_sign(&m->sign, buf_span(&message), proof);
}
