/* SPDX-License-Identifier: MIT
 * Roots of epochs.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* epoch_load: roots in the map go into the keyring. */
MUST_CHECK err_t epoch_load(struct sync *s);
