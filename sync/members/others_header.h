/* SPDX-License-Identifier: MIT
 * Another vault's header where this one's objects lie. Somebody copied it there, or the store shows it: then this
 * vault's is PUT in its place, as one that was lost, and the other one is kept (header_look.h). Or two vaults share the
 * place: their objects have names that cannot be told apart, but each of them will put its own header right. So that
 * they never fight over it, each device does it once for each vault whose header it meets, and remembers that: when
 * that one is back, somebody is alive who writes it, and it is left there. With n devices of both vaults together the
 * header changes hands at most n times, and one of the vaults has it for good; the other one uploads nothing.
 *
 *   nothing of ours that verifies ---> OTHERS_PLACE
 *   met for the first time --- the other one kept --- ours PUT --- remembered, durable ---> OTHERS_OVER
 *   remembered ---> OTHERS_BACK, until a person says whose place it is: by removing that header, or by moving a vault
 *
 * A PUT that failed is no meeting: it is tried again.
 */
#pragma once

#include "util/error.h"
#include "util/id.h"

struct sync;
enum others {
	OTHERS_PLACE, /* nothing of this vault lies there */
	OTHERS_BACK,  /* this vault's was put in its place before */
	OTHERS_OVER   /* this vault's is there now */
};
/* others_header: where header_here saw one. *ret_kept: OTHERS_OVER: the object that has the other one. ERR_BUSY: it is
 * none any more, so the next round looks; what store and map fail with. */
MUST_CHECK err_t others_header(struct sync *s, enum others *ret, char ret_kept[ID_TEXT]);
