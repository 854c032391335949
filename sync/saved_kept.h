/* SPDX-License-Identifier: MIT
 * What the store is known to lack (saved.h), across openings: who was told no is not told yes by the next mount, before
 * anything was looked at. In a record of MAP_STATE, durable before others are told; of segments each has its own too
 * (core/stored.h).
 *
 *   round ---> a lack is found ---> saved_keep ---> others are told
 *                                                        |  power cut, lock
 *   a pull that looks at all <--- no, as before <--- saved_load
 *
 * Key "sync.lacking"; gone: nothing is. Value, little-endian: version(u8: 1) lacks(u32: enum saved_lack) refused(u64)
 * need(u8)
 *   refused  sequence of the own object that the store does not take again; 0: none
 *   need     1: a checkpoint is wanted; 2: our head names not what newcomers need; 4: all contents are to be looked for
 */
#pragma once

#include "util/error.h"

struct sync;
/* saved_load: at the opening. A record that cannot be read counts as one that lacks all: it is looked for again. */
MUST_CHECK err_t saved_load(struct sync *s);
/* saved_keep: behind a round, before it is mirrored. With `work` held. */
void saved_keep(struct sync *s);
/* saved_looked: a pull went well that looked at all that an opening looks at. With `work` held. */
void saved_looked(struct sync *s);
