/* SPDX-License-Identifier: MIT
 * Is it saved? What `sync` says of a device is true if whoever joins at that moment, from the store alone, gets all
 * that the device shows (sync/saved.h). Of some answers that is tried: in a copy of the process, which ends with the
 * trial, so that nothing else of the world becomes other by it.
 */
#pragma once

#include "tests/sim/crew.h"

/* asked_tell: a round of `d` ended with a yes: now and then the trial, into the journal. */
void asked_tell(struct world *w, struct device *d);
