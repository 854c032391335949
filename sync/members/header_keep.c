/* SPDX-License-Identifier: MIT */
#include "sync/members/header_keep.h"

#include "crypto/hash.h"
#include "sync/core/asked.h"
#include "sync/core/sync_struct.h"
#include "sync/members/header_look.h"
#include "sync/members/statements.h"
#include "vault/changeset/published.h"

static struct header_basis basis(const struct sync *s, const struct view *records)
{
	return (struct header_basis){ .records = records,
		                      .roster = &s->statements->roster,
		                      .vault = keyring_vault(s->c.keyring),
		                      .genesis = keyring_genesis(s->c.keyring) };
}

static err_t look(struct sync *s, enum header_put may, struct header_found *ret)
{
	const struct view records = published_view(s->c.map);
	const struct header_basis b = basis(s, &records);
	return header_look(s->c.store, &b, may, ret);
}

err_t header_here(struct sync *s, enum here_seen *ret)
{
	static const enum here_seen means[] = {
		[HEADER_WHOLE] = HERE_OURS,      [HEADER_LACKED] = HERE_OURS, [HEADER_GONE] = HERE_BARE,
		[HEADER_DAMAGED] = HERE_DAMAGED, [HEADER_OTHER] = HERE_OTHER,
	};
	struct header_found found = { 0 };
	err_t e = look(s, HEADER_READ, &found);
	if (e && e != ERR_VERSION)
		return e;
	*ret = e ? HERE_NEWER : means[found.seen];
	return ERR_OK;
}

err_t header_other(struct sync *s, struct hash *ret)
{
	struct header_found found = { 0 };
	err_t e = look(s, HEADER_READ, &found);
	if (!e && found.seen != HEADER_OTHER)
		e = ERR_BUSY;
	if (!e)
		*ret = found.genesis;
	return e;
}

err_t header_over(struct sync *s)
{
	struct header_found found = { 0 };
	return look(s, HEADER_OVER, &found);
}

err_t header_again(struct sync *s)
{
	struct header_found found = { 0 };
	err_t e = look(s, HEADER_AGAIN, &found);
	return !e && found.seen == HEADER_OTHER ? ERR_EXISTS : e;
}

/* tell: the keeper, of what it does not know. */
static err_t tell(struct sync *s, struct span right)
{
	const struct slot_keeper *k = s->c.slots;
	const struct roster_signer *slot = roster_in_force(&s->statements->roster);
	struct hash h;
	err_t e = crypto_sha256(right, &h);
	if (e || (hash_eq(h, s->header.followed) && id_eq(slot->id, s->header.slot)))
		return e;
	e = k->follow(k->ctx, right, slot->id, &slot->who);
	if (e)
		return e;
	s->header.followed = h;
	s->header.slot = slot->id;
	return ERR_OK;
}

err_t header_follow(struct sync *s)
{
	cleanup(header_free) struct header right = { 0 };
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	const struct view records = published_view(s->c.map);
	const struct header_basis b = basis(s, &records);
	if (!s->c.slots)
		return ERR_OK;
	err_t e = header_make(&b, NULL, &right);
	if (!e)
		e = header_encode(&right, &bytes);
	return e ? e : tell(s, buf_span(&bytes));
}

/* follow: a header is kept whatever becomes of that. */
static void follow(struct sync *s)
{
	err_t e = header_follow(s);
	if (e)
		log_warn(AREA_SYNC, "the recovery key's file here could not be renewed (%s); tried again later",
		         err_text(e));
}

/* see: *ret is left alone where the store does not give it out: it may be as it should be. */
static err_t see(struct sync *s, enum header_seen *ret)
{
	struct header_found found = { .seen = *ret };
	err_t e = asked_one(s, look(s, HEADER_READ, &found));
	*ret = found.seen;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* waits: what this device says of the recovery key is not uploaded yet, and who joins by the header would not find it.
 */
static bool waits(const struct sync *s)
{
	return s->header.due && s->st.confirmed < s->header.due;
}

/* add: another device begins an epoch before it writes the header, so of what one lacked nobody need know. */
static err_t add(struct sync *s)
{
	struct header_found found = { .seen = HEADER_LACKED };
	err_t e = look(s, HEADER_ADD, &found);
	s->here.known &= found.seen < HEADER_GONE;
	return e;
}

err_t header_keep(struct sync *s)
{
	enum header_seen seen = HEADER_WHOLE;
	if (!s->c.keeps_header)
		return ERR_OK;
	follow(s);
	err_t e = see(s, &seen);
	if (e && e != ERR_VERSION)
		return e;
	s->here.known &= seen < HEADER_GONE;
	if (!e && seen == HEADER_LACKED && !waits(s))
		e = add(s);
	if (!asked_untaken(e) && e != ERR_VERSION)
		return e;
	log_warn(AREA_SYNC, "the vault's header in the cloud could not be put right (%s); tried again later",
	         err_text(e));
	return ERR_OK;
}
