/* SPDX-License-Identifier: MIT
 * What this device keeps of the invitations that it has given (MAP_STATE "sync.invite." and the id of the offer's
 * name), sealed as all of its state is. An invitation whose record is gone is over: nothing else knows its code.
 *
 *   version(u8: 1) step(u8) code(16) seed of the offer's box key(32) until(i64, seconds) hash of the offer(32)
 *   and from ADMITTED on: hash of the request(32) the joiner's box key(33) and id(16) mix key(32) JOIN(u16 length,
 *   bytes)
 *
 *   OPEN --- a person says yes: with the JOIN, in one batch ---> ADMITTED --- the commit that has it is on the store,
 *   and so is the reply ---> ANSWERED --- the new device has published, or two days are over ---> gone
 *   OPEN --- a person says no, or the day is over ---> gone
 */
#pragma once

#include "sync/core/ops.h"
#include "vault/objects/invitation.h"

#define STATE_INVITE "sync.invite."
#define INVITES_MAX 64 /* at a time */

enum invite_step { INVITE_OPEN = 1, INVITE_ADMITTED, INVITE_ANSWERED }; /* bytes on disks */
struct invite_record {
	enum invite_step step;
	uint8_t code[INVITATION_CODE];
	struct key seed;
	int64_t until;
	struct hash offer;
	/* from ADMITTED on: */
	struct hash request;
	uint8_t box_key[BOX_KEY];
	struct id device;
	struct key mix;
	struct buf join; /* the statement */
};
/* invite_record_free: wipes. */
void invite_record_free(struct invite_record *r);
/* invite_record_encode: appends. invite_record_decode: `ret` is the caller's to free. ERR_DAMAGED, ERR_VERSION,
 * ERR_NOMEM. */
void invite_record_encode(const struct invite_record *r, struct buf *out);
MUST_CHECK err_t invite_record_decode(struct span value, struct invite_record *ret);

struct sync;
struct invite_records {
	struct invite_record v[INVITES_MAX];
	size_t n;
};
/* invite_records_free: wipes. invite_records_load: all of them; one that does not read is passed over. What the map
 * fails with. */
void invite_records_free(struct invite_records *l);
MUST_CHECK err_t invite_records_load(struct map *m, struct invite_records *ret);
/* invite_records_open: the one whose code counts at `now`, seconds; NULL: none. */
struct invite_record *invite_records_open(struct invite_records *l, int64_t now);
/* invite_keys: what its code gives, of this vault. invite_record_put, invite_record_del: as part of a batch. */
MUST_CHECK err_t invite_keys(const struct sync *s, const struct invite_record *r, struct invitation *ret);
MUST_CHECK err_t invite_record_put(const struct invitation *v, const struct invite_record *r, struct ops *o);
MUST_CHECK err_t invite_record_del(const struct invitation *v, struct ops *o);
