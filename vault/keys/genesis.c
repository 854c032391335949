/* SPDX-License-Identifier: MIT
 * Genesis: what a vault is, said once and signed by both first human slots. Its hash is the vault's true name.
 */
#include "vault/keys/genesis.h"

#include "util/cleanup.h"
#include "vault/records/roster.h"

#include <string.h>

#define GENESIS_LABEL "cloudseal genesis" /* with its NUL: starts the signed bytes */

static void slot_keys_put(struct buf *out, const struct slot_keys *s)
{
	buf_id(out, s->id);
	buf_u8(out, s->kind);
	buf_put(out, s->keys.sign, sizeof(s->keys.sign));
	buf_put(out, s->keys.box, sizeof(s->keys.box));
}

static void slot_keys_read(struct rd *r, struct slot_keys *s)
{
	s->id = rd_id(r);
	s->kind = rd_u8(r);
	rd_copy(r, s->keys.sign, sizeof(s->keys.sign));
	rd_copy(r, s->keys.box, sizeof(s->keys.box));
}

err_t genesis_encode(const struct genesis *g, struct buf *out)
{
	buf_put(out, GENESIS_LABEL, sizeof(GENESIS_LABEL));
	buf_id(out, g->vault);
	buf_u8(out, g->cipher);
	buf_u64(out, (uint64_t)g->time);
	buf_id(out, g->device);
	buf_put(out, g->device_key, sizeof(g->device_key));
	buf_id(out, g->stream);
	buf_blob16(out, g->name);
	slot_keys_put(out, &g->slot[0]);
	slot_keys_put(out, &g->slot[1]);
	buf_put(out, g->commitment, sizeof(g->commitment));
	return buf_ok(out);
}

err_t genesis_decode(struct span bytes, struct genesis *ret, struct why *why)
{
	struct genesis g;
	struct rd r = RD(bytes);
	const uint8_t *label = rd_bytes(&r, sizeof(GENESIS_LABEL));
	g.vault = rd_id(&r);
	g.cipher = rd_u8(&r);
	g.time = (int64_t)rd_u64(&r);
	g.device = rd_id(&r);
	rd_copy(&r, g.device_key, sizeof(g.device_key));
	g.stream = rd_id(&r);
	g.name = rd_blob16(&r);
	slot_keys_read(&r, &g.slot[0]);
	slot_keys_read(&r, &g.slot[1]);
	rd_copy(&r, g.commitment, sizeof(g.commitment));
	if (!rd_end(&r) || memcmp(label, GENESIS_LABEL, sizeof(GENESIS_LABEL)))
		return why_set(why, ERR_DAMAGED, HEADER_TAMPERED " (its genesis does not decode)");
	if (!cipher_known(g.cipher))
		return why_set(
		        why, ERR_VERSION,
		        "the vault uses cipher %u, which this cloudseal does not know: a newer version is needed",
		        g.cipher);
	if (g.name.len < 1 || g.name.len > DEVICE_NAME_MAX || g.slot[0].kind != SLOT_RECOVERY ||
	    g.slot[1].kind != SLOT_PASSPHRASE || id_eq(g.slot[0].id, g.slot[1].id))
		return why_set(why, ERR_DAMAGED, HEADER_TAMPERED " (its genesis makes no sense)");
	*ret = g;
	return ERR_OK;
}

err_t epoch_root_commitment(struct id vault, const struct key *root, uint8_t out[32])
{
	cleanup(key_wipe) struct key k = { 0 };
	err_t e = crypto_subkey(root, "cloudseal root commitment", id_span(&vault), &k);
	if (!e)
		memcpy(out, k.b, sizeof(k.b));
	return e;
}
