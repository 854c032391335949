/* SPDX-License-Identifier: MIT
 * Objects of the store that are read again and again and mostly are the same: letters, heads, the guide. What was
 * opened of these is kept with its sealed bytes. The same bytes in the same place open to the same, so only what
 * differs, in any byte, is opened again; how old something is plays no part.
 */
#pragma once

#include "vault/objects/object.h"

#define OPENED_MAX 128u              /* kept at once: a few for each device */
#define OPENED_BYTES ((size_t)16384) /* sealed; what is larger is not kept */

struct opened_one;
struct opened { /* zero: nothing is kept */
	struct opened_one *v;
	uint64_t n; /* objects that were opened, and not found here */
};
void opened_free(struct opened *o);
/* opened_get: object_open of vault/objects/object.h, with its errors, or ERR_NOMEM. Nothing is kept of what does not
 * open. */
MUST_CHECK err_t opened_get(struct opened *o, const struct object_place *at, struct span bytes, struct buf *contents,
                            struct hash *ret_hash, uint8_t ret_sig[SIG_LEN]);
