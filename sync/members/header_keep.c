/* SPDX-License-Identifier: MIT */
#include "sync/members/header_keep.h"

#include "sync/core/asked.h"
#include "sync/core/sync_struct.h"
#include "sync/members/header_look.h"
#include "sync/members/statements.h"
#include "vault/changeset/published.h"

/* tell: of one that lacked something nobody need know: another device begins an epoch before it writes the header. */
static void tell(struct sync *s, enum header_seen seen)
{
	static const char *const was[] = {
		[HEADER_GONE] = "was missing",
		[HEADER_DAMAGED] = "was damaged",
		[HEADER_OTHER] = "was another vault's, or forged",
	};
	if (seen >= HEADER_GONE)
		sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
		           "the vault's header in the cloud %s: it was stored again", was[seen]);
}

static err_t look(struct sync *s, enum header_seen *ret)
{
	struct view records = published_view(s->c.map);
	const struct header2_basis b = { .records = &records,
		                         .roster = &s->statements->roster,
		                         .vault = keyring_vault(s->c.keyring),
		                         .genesis = keyring_genesis(s->c.keyring) };
	return header_look(s->c.store, &b, ret);
}

err_t header_keep(struct sync *s)
{
	enum header_seen seen;
	if (!s->c.keeps_header)
		return ERR_OK;
	err_t e = asked_one(s, look(s, &seen));
	if (!e)
		tell(s, seen);
	if (e != ERR_STOREFULL && e != ERR_VERSION)
		return e == ERR_NOTFOUND ? ERR_OK : e; /* the store does not answer for this one */
	log_warn(AREA_SYNC, "the vault's header in the cloud could not be put right (%s); tried again later",
	         err_text(e));
	return ERR_OK;
}
