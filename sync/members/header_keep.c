/* SPDX-License-Identifier: MIT */
#include "sync/members/header_keep.h"

#include "sync/core/asked.h"
#include "sync/core/sync_struct.h"
#include "sync/members/header_look.h"
#include "sync/members/statements.h"
#include "vault/changeset/published.h"

static err_t look(struct sync *s, enum header_put may, enum header_seen *ret)
{
	struct view records = published_view(s->c.map);
	const struct header2_basis b = { .records = &records,
		                         .roster = &s->statements->roster,
		                         .vault = keyring_vault(s->c.keyring),
		                         .genesis = keyring_genesis(s->c.keyring) };
	return header_look(s->c.store, &b, may, ret);
}

err_t header_here(struct sync *s, enum here_seen *ret)
{
	static const enum here_seen means[] = {
		[HEADER_WHOLE] = HERE_OURS,      [HEADER_LACKED] = HERE_OURS, [HEADER_GONE] = HERE_BARE,
		[HEADER_DAMAGED] = HERE_DAMAGED, [HEADER_OTHER] = HERE_OTHER,
	};
	enum header_seen seen = HEADER_WHOLE;
	err_t e = look(s, HEADER_READ, &seen);
	if (e && e != ERR_VERSION)
		return e;
	*ret = e ? HERE_NEWER : means[seen];
	return ERR_OK;
}

err_t header_again(struct sync *s)
{
	enum header_seen seen = HEADER_WHOLE;
	err_t e = look(s, HEADER_AGAIN, &seen);
	return !e && seen == HEADER_OTHER ? ERR_EXISTS : e;
}

/* add: another device begins an epoch before it writes the header, so of what one lacked nobody need know. */
static err_t add(struct sync *s)
{
	enum header_seen seen = HEADER_WHOLE;
	err_t e = asked_one(s, look(s, HEADER_ADD, &seen));
	s->here.known &= seen < HEADER_GONE;
	return e;
}

err_t header_keep(struct sync *s)
{
	if (!s->c.keeps_header)
		return ERR_OK;
	err_t e = add(s);
	if (e != ERR_STOREFULL && e != ERR_VERSION)
		return e == ERR_NOTFOUND ? ERR_OK : e; /* the store does not answer for this one */
	log_warn(AREA_SYNC, "the vault's header in the cloud could not be put right (%s); tried again later",
	         err_text(e));
	return ERR_OK;
}
