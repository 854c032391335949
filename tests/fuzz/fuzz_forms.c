/* SPDX-License-Identifier: MIT
 * What stands in records of format 2, and the objects of members. The first byte of the input says what the rest is:
 * facts of a segment, a statement, the start of an epoch, extents, a content, recipients, a mailbox, guide, root or
 * genesis, a wrap, a file `unlock`, what others are given of a recovery key, extensions, what is applied.
 */
#include "fuzz.h"
#include "vault/join/content.h"
#include "vault/join/epoch.h"
#include "vault/join/segment.h"
#include "vault/join/statement.h"
#include "vault/keys/local_secret.h"
#include "vault/keys/recovery_slot.h"
#include "vault/members/genesis.h"
#include "vault/objects/applied.h"
#include "vault/objects/extensions.h"
#include "vault/objects/guide.h"
#include "vault/objects/mailbox.h"
#include "vault/objects/root.h"

static void try_facts(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	if (segment_get_facts(in, &f))
		return;
	if (segment_put_facts(&out, &f))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_statement(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT, body = BUF_INIT;
	cleanup(statement_free) struct statement b = { 0 };
	struct signer_said s;
	struct signer_new m;
	struct id id;
	if (!signer_statement(in, &s))
		return;
	err_t e = statement_get_body(&s, &b);
	if (!e && (statement_put_body(&body, &b) || span_cmp(s.body, buf_span(&body)) != 0))
		abort();
	if (signer_put_statement(&out, &s))
		abort();
	fuzz_same(&out, in.p, in.len);
	if (!e && signer_new_of(&s, &m) == ERR_DAMAGED)
		abort();
	if (!e && signer_new_of(&s, &m) == ERR_OK && signer_id(ID_ZERO, &m, &id))
		abort();
}

static void try_start(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	uint32_t number;
	err_t e = epoch_get_start(in, &s);
	if (epoch_start_ok(in, &number) != !e || (!e && epoch_put_start(&out, &s)))
		abort();
	if (!e)
		fuzz_same(&out, in.p, in.len);
}

static void try_recipients(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(epoch_boxes_free) struct epoch_boxes l = { 0 };
	err_t e = epoch_get_recipients(in, &l);
	if (epoch_recipients_ok(in) != !e || (!e && epoch_put_recipients(&out, &l)))
		abort();
	if (!e)
		fuzz_same(&out, in.p, in.len);
}

static err_t add(void *ctx, struct span key, struct span value)
{
	return pack_add(ctx, key, value);
}

static void try_mailbox(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(pack_free) struct pack p = PACK_INIT;
	if (mailbox_read(in, NULL, NULL))
		return;
	if (mailbox_read(in, add, &p) || mailbox_put(&out, &p))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_guide(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct guide g;
	if (guide_decode(in, &g))
		return;
	if (guide_encode(&g, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_root(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(root_free) struct root x = { 0 };
	if (root_decode(in, &x))
		return;
	if (root_encode(&x, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_extents(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(window_extents_free) struct window_extents w = { 0 };
	if (content_get_extents(in, &w))
		return;
	if (content_put_extents(&out, &w))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_content(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct content_rec c;
	if (!content_get(in, &c))
		return;
	if (content_put(&out, &c))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_genesis(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct roster_named named[GENESIS_SIGNERS_MAX];
	struct genesis g;
	size_t n;
	if (genesis_decode(in, &g))
		return;
	if (genesis_named(&g, named, &n) || genesis_encode(&g, &out))
		abort();
	fuzz_same(&out, in.p, in.len);
}

static void try_wrap(struct span in)
{
	struct wrap w;
	if (!wrap_decode(in, &w) && (!signer_wrap_ok(in, w.slot) || w.wrapped.len >= in.len))
		abort();
}

static void try_unlock(struct span in)
{
	struct local_unlock u;
	if (!local_unlock_decode(in, &u) && in.len != LOCAL_UNLOCK_LEN)
		abort();
}

static void try_recovery_offer(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	struct recovery_offer o;
	if (recovery_offer_get(in, &o))
		return;
	recovery_offer_put(&o, &out);
	fuzz_same(&out, in.p, in.len);
}

static void try_extensions(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(extensions_free) struct extensions x = { 0 };
	struct rd r = RD(in);
	if (extensions_get(&r, &x))
		return;
	if (extensions_put(&out, &x))
		abort();
	fuzz_same(&out, in.p, in.len - r.left);
}

static void try_applied(struct span in)
{
	cleanup(buf_free) struct buf out = BUF_INIT;
	cleanup(applied_free) struct applied a = { 0 };
	struct rd r = RD(in);
	if (applied_get(&r, &a))
		return;
	if (applied_put(&out, &a))
		abort();
	fuzz_same(&out, in.p, in.len - r.left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(struct span) = { try_facts,          try_statement,  try_start,   try_extents,
		                                    try_content,        try_recipients, try_mailbox, try_guide,
		                                    try_root,           try_genesis,    try_wrap,    try_unlock,
		                                    try_recovery_offer, try_extensions, try_applied };
	if (size)
		all[data[0] % ARRAY_LEN(all)](SPAN(data + 1, size - 1));
	return 0;
}
