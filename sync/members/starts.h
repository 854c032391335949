/* SPDX-License-Identifier: MIT
 * Another's commit that begins an epoch (docs/format.md, "Epochs"; terms and states: begun.h).
 *
 * Looked at is what a device can know for sure: that the root opens by its own box, and that each box is the one that
 * this root gives. Whom its author did not know is not among them and finds the root elsewhere (roots.h). What cannot
 * be known yet is waited for: the root, when there is no box of this device's, and whoever is named and not known.
 */
#pragma once

#include "sync/deliver/started.h"

/* starts_hooks: for the waiting room's side (deliver/started.h). */
struct start_hooks starts_hooks(void);
