/* SPDX-License-Identifier: MIT */
#include "sync/members/others_header.h"

#include "sync/core/sync_struct.h"
#include "sync/members/header_keep.h"
#include "sync/members/header_look.h"
#include "sync/members/ours.h"

#define STATE_OTHERS "sync.others" /* hashes of the geneses that were met */
#define OTHERS_MAX 8               /* more of them are nobody's mistake: they are left where they are */

static bool has(struct span met, struct hash genesis)
{
	for (size_t i = 0; i + HASH_LEN <= met.len; i += HASH_LEN)
		if (hash_eq(hash_from((const uint8_t *)met.p + i), genesis))
			return true;
	return false;
}

static err_t met_before(struct sync *s, struct buf *ret)
{
	err_t e = map_get(s->c.map, MAP_STATE, span_str(STATE_OTHERS), ret);
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* meet: durable. */
static err_t meet(struct sync *s, struct buf *met, struct hash genesis)
{
	cleanup(ops_free) struct ops o = OPS_INIT;
	buf_put(met, genesis.b, HASH_LEN);
	err_t e = buf_ok(met);
	if (e)
		return e;
	ops_put(&o, MAP_STATE, span_str(STATE_OTHERS), buf_span(met));
	return ops_commit(&o, s->c.map);
}

err_t others_header(struct sync *s, enum others *ret, char ret_kept[ID_TEXT])
{
	cleanup(buf_free) struct buf met = BUF_INIT;
	struct hash genesis;
	bool ours = false;
	err_t e = header_other(s, &genesis);
	if (!e)
		e = met_before(s, &met);
	if (!e)
		e = ours_there(s, OURS_SIGNED, &ours);
	if (e)
		return e;
	if (!ours || has(buf_span(&met), genesis) || met.len >= OTHERS_MAX * HASH_LEN) {
		*ret = ours ? OTHERS_BACK : OTHERS_PLACE;
		return ERR_OK;
	}
	e = header_over(s);
	if (!e)
		e = meet(s, &met, genesis);
	if (e)
		return e;
	header_aside(genesis, ret_kept);
	*ret = OTHERS_OVER;
	return ERR_OK;
}
