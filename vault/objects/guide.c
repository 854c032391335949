/* SPDX-License-Identifier: MIT */
#include "vault/objects/guide.h"

#include "vault/objects/mailbox.h"

#define GUIDE_VERSION 2

static err_t check(const struct guide *g)
{
	return g->stream ? mailbox_read_records(g->pack, MAILBOX_STATEMENTS, NULL, NULL) : ERR_DAMAGED;
}

err_t guide_encode(const struct guide *g, struct buf *out)
{
	err_t e = check(g);
	if (e)
		return e == ERR_DAMAGED ? ERR_INVAL : e;
	buf_u8(out, GUIDE_VERSION);
	buf_u64(out, g->stream);
	buf_u64(out, (uint64_t)g->time);
	buf_put(out, g->pack.p, g->pack.len);
	return buf_ok(out);
}

err_t guide_decode(struct span plain, struct guide *ret)
{
	struct rd r = RD(plain);
	uint8_t version = rd_u8(&r);
	struct guide g = { .stream = rd_u64(&r) };
	if (version > GUIDE_VERSION)
		return ERR_VERSION;
	g.time = (int64_t)rd_u64(&r);
	g.pack = SPAN(r.p, r.left);
	err_t e = r.bad || version < GUIDE_VERSION ? ERR_DAMAGED : check(&g);
	if (!e)
		*ret = g;
	return e;
}
