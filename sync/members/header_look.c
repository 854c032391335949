/* SPDX-License-Identifier: MIT */
#include "sync/members/header_look.h"

#include "remote/requests/sync_calls.h"
#include "util/cleanup.h"
#include "vault/keys/header_open.h"

/* get: ERR_DAMAGED: what is there is no header. */
static err_t get(struct store *store, struct buf *bytes, struct header *ret)
{
	err_t e = store_get_sync(store, STORE_HEADER, 0, 0, HEADER_MAX, bytes);
	if (e == ERR_LIMIT)
		return ERR_DAMAGED;
	return e ? e : header_decode(buf_span(bytes), ret, NULL);
}

/* seen_as: of what was found, and `right`: what should be there. */
static enum header_seen seen_as(err_t got, const struct header *found, struct span bytes, struct span right,
                                struct hash genesis)
{
	if (got)
		return got == ERR_NOTFOUND ? HEADER_GONE : HEADER_DAMAGED;
	if (!hash_eq(found->genesis_hash, genesis))
		return HEADER_OTHER;
	return span_cmp(bytes, right) ? HEADER_LACKED : HEADER_WHOLE;
}

/* takes_last: a replaced recovery key is known here, and the wrap of the one in its place is not yet: who joins would
 * have nothing that opens it. */
static bool takes_last(const struct header *found, const struct header *made)
{
	return header_opens(found, SIGNER_RECOVERY) && !header_opens(made, SIGNER_RECOVERY);
}

static bool is_put(enum header_seen seen, enum header_put may)
{
	if (seen == HEADER_LACKED)
		return may >= HEADER_ADD;
	if (seen == HEADER_OTHER)
		return may == HEADER_OVER;
	return (seen == HEADER_GONE || seen == HEADER_DAMAGED) && may >= HEADER_AGAIN;
}

void header_aside(struct hash genesis, char ret[ID_TEXT])
{
	id_hex(id_from(genesis.b), ret);
}

/* keep_other: it may be the only one that its vault has. */
static err_t keep_other(struct store *store, const struct header *found, struct span bytes)
{
	char name[ID_TEXT];
	header_aside(found->genesis_hash, name);
	return store_put_sync(store, name, bytes);
}

err_t header_look(struct store *store, const struct header_basis *b, enum header_put may, struct header_found *ret)
{
	cleanup(buf_free) struct buf bytes = BUF_INIT, right = BUF_INIT;
	cleanup(header_free) struct header found = { 0 }, made = { 0 };
	err_t got = get(store, &bytes, &found);
	if (got && got != ERR_NOTFOUND && got != ERR_DAMAGED)
		return got;
	err_t e = header_make(b, got ? NULL : &found, &made);
	if (!e)
		e = header_encode(&made, &right);
	if (e)
		return e;
	enum header_seen seen = seen_as(got, &found, buf_span(&bytes), buf_span(&right), b->genesis);
	const bool put = is_put(seen, may) && (seen != HEADER_LACKED || !takes_last(&found, &made));
	if (put && seen == HEADER_OTHER)
		e = keep_other(store, &found, buf_span(&bytes));
	if (!e && put)
		e = store_put_sync(store, STORE_HEADER, buf_span(&right));
	if (!e)
		*ret = (struct header_found){ seen, found.genesis_hash };
	return e;
}
