/* SPDX-License-Identifier: MIT
 * Epochs. A new root is learned from the commit that starts it, by this
 * device or a slot, or from a record that another member
 * published; what a header says of it is only a claim. Who writes under a new epoch first publishes its record.
 */
#include "sync/members/epoch.h"

#include "sync/core/sync_struct.h"
#include "vault/objects/objects.h"

static int epoch_add(struct sync *s, struct span key, struct span value)
{
	cleanup(key_wipe) struct key root = { 0 };
	uint32_t epoch;
	struct hash id;
	if (!value.p || !key_parse_epoch(key, &epoch, &id) || epoch_decode(value, &root))
		return ERR_DAMAGED;
	err_t e = keyring_add(s->c.keyring, epoch, id, &root);
	return e == ERR_EXISTS || e == ERR_LIMIT ? ERR_DAMAGED : (int)e;
}

static int epoch_record_add(void *ctx, struct span key, struct span value)
{
	return epoch_add(ctx, key, value);
}

static int epoch_state_add(void *ctx, struct span key, struct span value)
{
	size_t n = strlen(STATE_EPOCH);
	return epoch_add(ctx, SPAN((const uint8_t *)key.p + n, key.len - n), value);
}

err_t epoch_load(struct sync *s)
{
	struct rkey records = key_kind(REC_EPOCH);
	err_t e = map_scan(s->c.map, MAP_RECORDS, rkey_span(&records), SPAN(NULL, 0), epoch_record_add, s);
	if (!e)
		e = map_scan(s->c.map, MAP_STATE, span_str(STATE_EPOCH), SPAN(NULL, 0), epoch_state_add, s);
	return e;
}

/* epoch_keep: in the state and in the keyring. */
static err_t epoch_keep(struct sync *s, uint32_t epoch, struct hash id, const struct key *root)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	cleanup(buf_free) struct buf key = BUF_INIT;
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct rkey k = key_epoch(epoch, id);
	buf_put(&key, STATE_EPOCH, strlen(STATE_EPOCH));
	buf_put(&key, k.b, k.len);
	epoch_encode(root, &value);
	ops_put(&o, MAP_STATE, buf_span(&key), buf_span(&value));
	err_t e = buf_ok(&value);
	if (!e)
		e = buf_ok(&key);
	if (!e)
		e = ops_commit(&o, s->c.map);
	return e ? e : keyring_add(s->c.keyring, epoch, id, root);
}

static err_t epoch_open_start(struct sync *s, const struct commit_record *n, struct span start)
{
	cleanup(key_wipe) struct key root = { 0 };
	uint32_t epoch = n->epoch + 1;
	err_t e = epoch_open(s->c.keyring, epoch, start, s->c.device, s->c.device_seed, &root);
	if (e == ERR_NOTFOUND && s->c.slot)
		e = epoch_open_slot(s->c.keyring, epoch, start, s->c.slot, &root);
	if (e == ERR_NOTFOUND && !s->c.slot) {
		sync_alarm(s, "the vault's keys were changed: lock this vault and unlock it again to go on");
		return ERR_VERSION;
	}
	if (!e)
		e = epoch_keep(s, epoch, n->hash, &root);
	if (e)
		sync_alarm(s, "commit %llu changes the vault's keys, and the new ones cannot be opened here (%s)",
		           (unsigned long long)n->n, err_text(e));
	else
		log_info(AREA_SYNC, "epoch %u of the vault's keys begins", epoch);
	return e;
}

err_t epoch_follow(struct sync *s, const struct commit_record *n, struct span start)
{
	struct hash id;
	if (keyring_epoch(s->c.keyring) <= n->epoch)
		return epoch_open_start(s, n, start);
	err_t e = keyring_epoch_id(s->c.keyring, n->epoch + 1, &id);
	if (!e && hash_eq(id, n->hash))
		return ERR_OK;
	sync_alarm(s, "two commits change the vault's keys at the same time, which this version cannot follow");
	return ERR_VERSION;
}

err_t epoch_record(struct sync *s, struct ops *o)
{
	cleanup(key_wipe) struct key root = { 0 };
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	struct hash id;
	uint32_t epoch = keyring_epoch(s->c.keyring);
	err_t e = keyring_epoch_id(s->c.keyring, epoch, &id);
	if (e)
		return e;
	struct rkey key = key_epoch(epoch, id);
	e = map_has(s->c.map, MAP_RECORDS, rkey_span(&key));
	if (e != ERR_NOTFOUND)
		return e;
	e = keyring_epoch_root(s->c.keyring, epoch, &root);
	if (e)
		return e;
	epoch_encode(&root, &value);
	ops_put(o, MAP_RECORDS, rkey_span(&key), buf_span(&value));
	return buf_ok(&value);
}
