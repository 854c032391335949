/* SPDX-License-Identifier: MIT
 * The inviter's side of an invitation (docs/format.md, "Invitation"), for a person who sits there: a code is shown, who
 * asks is shown, and let in (invite_admit.h) or not. What goes on without a person is invite_turn.h.
 *
 * On threads of requests, beside rounds. `invites` guards the records; it is taken inside `work`, and nothing of the
 * engine is waited for under it. The code counts while its record says so, so a restart changes nothing; whoever asks
 * meanwhile waits.
 */
#pragma once

#include "sync/members/invite_record.h"
#include "vault/objects/invitation_request.h"

struct sync;
struct invite_shown {
	uint8_t code[INVITATION_CODE];
	int64_t until; /* s */
	bool again;    /* it was shown before */
};
/* invite_begin: the code that is open, or a new one; its offer is on the store when it returns. ERR_NOSTORE, with a
 * sentence: another vault is there, or none; ERR_LIMIT; what store and map fail with. */
MUST_CHECK err_t invite_begin(struct sync *s, struct invite_shown *ret, struct why *why);
/* invite_look: is there somebody? ERR_BUSY: not yet; ERR_NOTFOUND: no code is open any more. What the store fails
 * with. */
struct invite_asked {
	struct hash request;
	char name[INVITATION_NAME_MAX + 1]; /* as it calls itself */
	uint32_t number;                    /* both devices show it */
};
MUST_CHECK err_t invite_look(struct sync *s, struct invite_asked *ret);
/* invite_end: the code that is open counts no more. ERR_NOTFOUND: none is. Its objects go in the next round, if not at
 * once. */
MUST_CHECK err_t invite_end(struct sync *s);
/* invite_request: what is asked under a record's code, as it lies there. ERR_NOTFOUND: nothing that opens. */
MUST_CHECK err_t invite_request(struct sync *s, const struct invite_record *r, struct invitation_request *ret,
                                struct hash *ret_hash);
/* invite_forget: its objects go, and then the record; under `invites`. What the store fails with: it stays. */
MUST_CHECK err_t invite_forget(struct sync *s, const struct invite_record *r);
/* invite_now: s of the clock on the wall. */
int64_t invite_now(const struct sync *s);
