/* SPDX-License-Identifier: MIT
 * Commits that are refused (docs/format.md, "Refused"), and what the person is told of them.
 */
#pragma once

#include "sync/deliver/pulled.h"

struct sync;
/* refuse_look: all its causes are applied. *ret: REFUSED_NOT: it may join. ERR_NOMEM, ERR_CRYPTO. */
MUST_CHECK err_t refuse_look(struct sync *s, const struct pulled *p, const struct past_basis *b, enum refusal *ret);
/* refuse_named: says which device and why. refuse_stands: of one that stands on a refused one; refuse_unknown: of one
 * that parts from what is not known here. refuse_branch: its device said two things under one number: both count. */
void refuse_named(struct sync *s, const struct pulled *p, enum refusal why);
void refuse_stands(const struct pulled *p);
void refuse_unknown(struct sync *s, const struct pulled *p);
void refuse_branches(struct sync *s, const struct pulled *p);
void refuse_branch(struct sync *s, const struct pulled *p);
