/* SPDX-License-Identifier: MIT */
#include "vault/objects/mailbox.h"

#include "util/cleanup.h"
#include "vault/join/known.h"
#include "vault/join/vault_key.h"

#define MAILBOX_VERSION 2

struct reading {
	enum mailbox_kinds kinds;
	view_visit fn;
	void *ctx;
};

static err_t read_one(void *ctx, struct span key, struct span value)
{
	const struct reading *r = ctx;
	struct vault_name n;
	if (vault_key_parse(key, &n))
		return ERR_DAMAGED;
	if (n.kind != SHARED_STATEMENT && (n.kind != SHARED_DEVICE || r->kinds == MAILBOX_STATEMENTS))
		return ERR_DAMAGED;
	err_t e = known_check(key, value);
	if (e)
		return e == ERR_NOMEM || e == ERR_CRYPTO ? e : ERR_DAMAGED;
	return r->fn ? r->fn(r->ctx, key, value) : ERR_OK;
}

err_t mailbox_read_records(struct span pack, enum mailbox_kinds kinds, view_visit fn, void *ctx)
{
	return pack_read(pack, read_one, &(struct reading){ kinds, fn, ctx });
}

err_t mailbox_put(struct buf *out, const struct pack *records)
{
	cleanup(buf_wipe_free) struct buf pack = BUF_INIT;
	err_t e = pack_put(records, &pack);
	if (!e)
		e = mailbox_read_records(buf_span(&pack), MAILBOX_JOIN, NULL, NULL);
	if (e)
		return e == ERR_DAMAGED ? ERR_INVAL : e;
	buf_u8(out, MAILBOX_VERSION);
	buf_put(out, pack.p, pack.len);
	return buf_ok(out);
}

err_t mailbox_read(struct span plain, view_visit fn, void *ctx)
{
	struct rd r = RD(plain);
	uint8_t version = rd_u8(&r);
	if (version > MAILBOX_VERSION)
		return ERR_VERSION;
	if (version < MAILBOX_VERSION)
		return ERR_DAMAGED;
	return mailbox_read_records(SPAN(r.p, r.left), MAILBOX_JOIN, fn, ctx);
}
