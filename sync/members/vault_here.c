/* SPDX-License-Identifier: MIT */
#include "sync/members/vault_here.h"

#include "sync/core/suspect.h"
#include "sync/core/sync_struct.h"
#include "sync/members/header_keep.h"
#include "sync/members/others_header.h"
#include "sync/members/ours.h"

#define LOOK_PERIOD (60 * NS_PER_S)
#define LOOK_ASKED (10 * NS_PER_S) /* for who waits */

/* -- what follows ------------------------------------------------------------------------------------------------ */

enum trouble { TROUBLE_NONE, TROUBLE_OTHER, TROUBLE_SHARED, TROUBLE_BARE, TROUBLE_HEADER, TROUBLES };
static const char *const words[TROUBLES] = {
	[TROUBLE_NONE] = "",
	[TROUBLE_OTHER] = "another vault lies in the cloud's folder: nothing is uploaded; look at the setting store",
	[TROUBLE_SHARED] = "two vaults share the cloud's folder: nothing is uploaded; give each a folder of its own",
	[TROUBLE_BARE] =
	        ("no vault lies in the cloud's folder: is its disk mounted, is it the right folder? Nothing is "
	         "uploaded"),
	[TROUBLE_HEADER] = "the cloud lost the vault's header, and does not take it again: no new device can join",
};

/* tell: that one, and none of the others any more; said once. */
static void tell(struct sync *s, enum trouble which)
{
	for (int i = TROUBLE_OTHER; i < TROUBLES; i++) {
		struct transient_key k = transient_key(TRANSIENT_VAULT, ID_ZERO, (uint64_t)i);
		if (i != (int)which)
			alarm_clear(s, &k);
		else
			alarm_transient(s, &k, &(struct alarm_about){ .kind = ALARM_PLACE }, "%s", words[i]);
	}
}

static err_t turn_away(struct sync *s, err_t e, enum trouble which)
{
	s->here.refused = s->here.lacks = true;
	s->here.why = words[which];
	tell(s, which);
	return e;
}

static err_t put(struct sync *s)
{
	const struct here_keeper *k = s->c.here;
	return s->c.keeps_header ? header_again(s) : k->put(k->ctx, s->c.store);
}

/* put_again: a store that does not take it is written to all the same: what is PUT there is this vault's. */
static void put_again(struct sync *s)
{
	sync_suspect(s);
	err_t e = put(s);
	s->here.lacks = e != ERR_OK;
	if (e)
		tell(s, TROUBLE_HEADER);
	else
		sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
		           "the cloud had lost or damaged the vault's header: stored again");
}

/* take_back: *seen is this vault's, or it is another's place, or both share it. */
static err_t take_back(struct sync *s, enum here_seen *seen)
{
	enum others found = OTHERS_PLACE;
	char kept[ID_TEXT];
	err_t e = s->c.keeps_header ? others_header(s, &found, kept) : ERR_OK;
	if (e)
		return e;
	if (found != OTHERS_OVER)
		return turn_away(s, ERR_DAMAGED, found == OTHERS_BACK ? TROUBLE_SHARED : TROUBLE_OTHER);
	sync_suspect(s);
	sync_alarm(s, &(struct alarm_about){ .kind = ALARM_OVER },
	           "another vault's header lay in the cloud's folder: this vault's is stored again, and the other is "
	           "kept there as %s",
	           kept);
	*seen = HERE_OURS;
	return ERR_OK;
}

static err_t conclude(struct sync *s, enum here_seen seen, bool ours)
{
	err_t e = seen == HERE_OTHER ? take_back(s, &seen) : ERR_OK;
	if (e)
		return e;
	if (seen != HERE_OURS && !ours)
		return turn_away(s, ERR_NOSTORE, TROUBLE_BARE);
	if (s->here.refused) /* what is back may be older */
		sync_suspect(s);
	s->here = (struct here_need){ .known = true, .looked = s->c.clock.mono(s->c.clock.ctx) };
	if (seen == HERE_BARE || seen == HERE_DAMAGED)
		put_again(s);
	if (!s->here.lacks)
		tell(s, TROUBLE_NONE);
	return ERR_OK;
}

static bool is_kept(const struct sync *s)
{
	return s->c.here || s->c.keeps_header;
}

bool vault_here_known(const struct sync *s)
{
	return !is_kept(s) || s->here.known;
}

void vault_here_doubt(struct sync *s, err_t e)
{
	if (e && e != ERR_BUSY && e != ERR_CANCELED)
		s->here.known = false;
}

static err_t look(struct sync *s, enum here_seen *ret)
{
	const struct here_keeper *k = s->c.here;
	return s->c.keeps_header ? header_here(s, ret) : k->look(k->ctx, s->c.store, ret);
}

/* look_around: where the store does not answer for the header alone, something of ours says whose place it is. */
static err_t look_around(struct sync *s, enum here_seen *seen, bool *ours)
{
	const err_t e = look(s, seen);
	const bool alone = asked_alone(e);
	if (e && !alone)
		return e;
	if (!e && (*seen == HERE_OURS || *seen == HERE_OTHER))
		return ERR_OK;
	if (alone)
		*seen = HERE_NEWER;
	err_t asked = ours_there(s, OURS_NAMED, ours);
	return asked || *ours ? asked : e;
}

err_t vault_here_check(struct sync *s, bool asked)
{
	enum here_seen seen = HERE_OURS;
	bool ours = false;
	if (!is_kept(s))
		return ERR_OK;
	const int64_t soon = s->c.audit.asked_s ? s->c.audit.asked_s * NS_PER_S : LOOK_ASKED;
	const int64_t period = asked ? soon : LOOK_PERIOD;
	if (s->here.known && s->c.clock.mono(s->c.clock.ctx) - s->here.looked < period)
		return ERR_OK;
	s->here.known = false;
	err_t e = look_around(s, &seen, &ours);
	return e ? e : conclude(s, seen, ours);
}
