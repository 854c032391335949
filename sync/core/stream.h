/* SPDX-License-Identifier: MIT
 * How a stream is known. docs/format.md takes its number and hash from an INCARNATION statement;
 * until there are any (docs/plan.md, "To be decided first"), the stream hash is SHA-256("cloudseal stream" || id of the
 * stream as members have it), and the number its first 8 bytes as everywhere (applied_stream).
 */
#pragma once

#include "util/id.h"

struct map;
struct stream;
/* stream_hash, stream_number: ERR_CRYPTO: also when the number would be 0, of which none is. */
MUST_CHECK err_t stream_hash(struct id stream, struct hash *ret);
MUST_CHECK err_t stream_number(struct id stream, uint64_t *ret);
/* stream_find: of those that are remembered here (core/state.h). Any thread. ERR_NOTFOUND; what reading fails with. */
MUST_CHECK err_t stream_find(struct map *m, uint64_t number, struct stream *ret);
