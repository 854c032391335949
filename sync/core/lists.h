/* SPDX-License-Identifier: MIT
 * The streams that are known.
 */
#pragma once

#include "sync/core/state.h"

#define STREAMS_MAX 4096

struct sync;
bool streams_reserve(struct sync *s);
struct stream *streams_find(struct sync *s, struct id id);
struct stream *streams_number(struct sync *s, uint64_t number);        /* NULL: none */
MUST_CHECK err_t streams_add(struct sync *s, const struct stream *st); /* persists it */
