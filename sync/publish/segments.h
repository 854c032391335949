/* SPDX-License-Identifier: MIT
 * Packing: blocks that are in no segment yet get one. What a segment is made of is said in the closed set, so
 * this comes after the close and before the commit.
 */
#pragma once

#include "sync/core/config.h"

/* segments_pack: all that wait (QUEUE_BLOCK), some thousand in a durable transaction. One of the open changeset among
 * them does no harm. A crash leaves those that are packed in segments, and the rest waiting. ERR_CANCELED: the engine
 * is to end. */
MUST_CHECK err_t segments_pack(struct sync *s);
