/* SPDX-License-Identifier: MIT
 * A stream of this device begins with an INCARNATION (docs/format.md, "Streams"): its hash is the stream's, and stamps
 * have its number. So it is durable before the first operation of that stream draws a stamp; drawn anew until then,
 * afterwards gone on with.
 */
#pragma once

#include "sync/core/state_form.h"
#include "sync/members/chain.h"

struct sync;
struct life { /* drawn, and not said yet */
	struct records said;
	struct chain at; /* behind it */
	struct stream stream;
};
void life_free(struct life *l);
/* life_draw: of this device, behind what it said last. ERR_NOMEM, ERR_CRYPTO, what the map fails with. */
MUST_CHECK err_t life_draw(struct sync *s, struct life *ret);
/* life_join: with a JOIN of this device, that `slot` says. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t life_join(struct sync *s, const struct signer_mine *slot, struct life *l);
/* life_say: durable, into the open set, with what `more` says; then it is the stream of this device. The changeset must
 * have been opened with its number. What chain_say and statements_make fail with. */
MUST_CHECK err_t life_say(struct sync *s, struct life *l, const struct chain_with *more);
/* life_put: the same as part of a batch of the caller's, but for the records: `own`: what it goes on from. life_begun:
 * memory follows. */
void life_put(const struct life *l, const struct own_life *own, struct ops *o);
MUST_CHECK err_t life_begun(struct sync *s, const struct life *l, const struct own_life *own);
