/* SPDX-License-Identifier: MIT
 * Equal positions, equal digests: whoever says another one has joined otherwise than this device, by a fault of one of
 * the two, or of one's disk. Nothing is stopped; both are named.
 */
#pragma once

#include "sync/deliver/pulled.h"

struct sync;
/* digest_compare: of a commit that was just applied, with vv(C): if all that is applied here is that, its digest must
 * be ours. digest_said: the same of what a head says: `applied` as positions. ERR_NOMEM, ERR_CRYPTO, ERR_LIMIT. */
MUST_CHECK err_t digest_compare(struct sync *s, const struct pulled *p, const struct vv *vv);
MUST_CHECK err_t digest_said(struct sync *s, struct id stream, const struct vv *applied, struct hash digest);
