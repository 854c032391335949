/* SPDX-License-Identifier: MIT
 * How a stream is known. docs/format.md takes its number and hash from an INCARNATION statement;
 * until there are any (docs/plan.md, "To be decided first"), the stream hash is SHA-256("cloudseal stream" || id of the
 * stream as members have it), and the number its first 8 bytes as everywhere (applied_stream). Its record has it.
 */
#pragma once

#include "util/id.h"

struct map;
struct stream;
/* stream_begin: of that id, device and key, nothing of it seen. ERR_CRYPTO: also when its number would be 0, of which
 * none is. */
MUST_CHECK err_t stream_begin(struct id stream, struct id device, const uint8_t key[32], struct stream *ret);
/* Of those that are remembered here (core/state.h), any thread. stream_find: by number. stream_own: that of this state:
 * `made`, or the one that it goes on with. ERR_NOTFOUND; what reading fails with. */
MUST_CHECK err_t stream_find(struct map *m, uint64_t number, struct stream *ret);
MUST_CHECK err_t stream_own(struct map *m, struct id made, struct stream *ret);
