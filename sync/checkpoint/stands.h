/* SPDX-License-Identifier: MIT
 * What a checkpoint stands on, between a manifest and what is remembered here.
 */
#pragma once

#include "sync/core/ops.h"
#include "vault/objects/manifest.h"

struct sync;
/* stands_fill: positions, how far each stream's newest commit is behind them, and the greatest lamport in them. */
MUST_CHECK err_t stands_fill(const struct sync *s, struct manifest *m);
/* stands_load: the same back: positions of the streams, as they are when `o` is applied, and what is remembered of
 * their newest commits. Streams that nothing proves are named and left out. */
MUST_CHECK err_t stands_load(struct sync *s, const struct manifest *m, struct ops *o);
