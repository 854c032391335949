/* SPDX-License-Identifier: MIT */
#include "sync/members/epoch.h"

#include "sync/core/sync_struct.h"
#include "vault/records/key.h"
#include "vault/records/roster.h"

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
