/* SPDX-License-Identifier: MIT
 * Roots of epochs.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
MUST_CHECK err_t epoch_load(struct sync *s); /* roots in the map, and of epoch starts that were followed */
/* epoch_follow: the commit `n`, which is about to be applied, starts an epoch: its root is opened, kept, in the
 * keyring.
 */
MUST_CHECK err_t epoch_follow(struct sync *s, const struct commit_record *n, struct span start);
MUST_CHECK err_t epoch_record(struct sync *s, struct ops *o); /* the newest root, if the map has no record of it */
