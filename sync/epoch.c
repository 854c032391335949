/* SPDX-License-Identifier: MIT
 * A commit that starts an epoch: the new root is boxed inside for every member's device. It is kept in our state until
 * the map has it, since what the author publishes next is sealed under it.
 */
#include "sync/internal.h"

static err_t epoch_open(struct sync *s, const struct commit *c, struct key *ret)
{
	cleanup(buf_free) struct buf aad = BUF_INIT;
	cleanup(buf_wipe_free) struct buf root = BUF_INIT;
	struct epoch_start start;
	struct span box;
	err_t e = epoch_start_decode(c->new_epoch, &start);
	if (e)
		return e;
	if (!epoch_start_box(&start, s->c.device, &box))
		return ERR_WRONGKEY;
	buf_put(&aad, "cloudseal epoch", strlen("cloudseal epoch"));
	buf_put(&aad, keyring_vault(s->c.ring), 16);
	buf_put(&aad, keyring_genesis(s->c.ring), HASH_LEN);
	buf_u32(&aad, c->epoch + 1);
	buf_put(&aad, start.cause, HASH_LEN);
	buf_put(&aad, s->c.device, ID_LEN);
	e = buf_ok(&aad);
	if (!e)
		e = box_open(keyring_cipher(s->c.ring), s->c.device_seed, buf_span(&aad), box, &root);
	if (!e && root.len != sizeof(ret->b))
		e = ERR_DAMAGED;
	if (!e)
		memcpy(ret->b, root.p, sizeof(ret->b));
	return e;
}

err_t epoch_start_apply(struct sync *s, const struct commit *c, const uint8_t hash[HASH_LEN])
{
	cleanup(key_wipe) struct key root;
	cleanup(buf_wipe_free) struct buf v = BUF_INIT;
	cleanup(buf_free) struct buf name = BUF_INIT;
	cleanup(ops_free) struct ops o = OPS_INIT;
	if (!c->new_epoch.len)
		return ERR_OK;
	err_t e = epoch_open(s, c, &root);
	if (e)
		return e;
	buf_put(&name, STATE_EPOCH, strlen(STATE_EPOCH));
	buf_u32be(&name, c->epoch + 1);
	buf_put(&v, hash, HASH_LEN);
	buf_put(&v, root.b, sizeof(root.b));
	if (name.failed || v.failed)
		return ERR_NOMEM;
	ops_put(&o, MAP_STATE, buf_span(&name), buf_span(&v));
	e = ops_commit(&o, s->c.map);
	if (!e)
		e = keyring_add(s->c.ring, c->epoch + 1, hash, &root);
	if (e == ERR_EXISTS)
		e = ERR_DAMAGED; /* two different roots under one number: the loser of two histories */
	if (!e)
		log_info("sync", "epoch %u begins", c->epoch + 1);
	return e;
}

static int epoch_kept(void *ctx, struct span key, struct span value)
{
	struct sync *s = ctx;
	cleanup(key_wipe) struct key root;
	struct rd k = RD(key), v = RD(value);
	(void)rd_bytes(&k, strlen(STATE_EPOCH));
	uint32_t epoch = rd_u32be(&k);
	const uint8_t *id = rd_bytes(&v, HASH_LEN);
	rd_copy(&v, root.b, sizeof(root.b));
	if (!value.p || !rd_end(&k) || !rd_end(&v))
		return ERR_DAMAGED;
	err_t e = keyring_add(s->c.ring, epoch, id, &root);
	return e == ERR_EXISTS ? ERR_DAMAGED : (int)e;
}

err_t epoch_load(struct sync *s)
{
	return map_scan(s->c.map, MAP_STATE, span_str(STATE_EPOCH), SPAN(NULL, 0), epoch_kept, s);
}
