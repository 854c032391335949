/* SPDX-License-Identifier: MIT
 * Gc as the model has it: what is dead, stable in all its records and named by nothing is purged.
 */
#pragma once

#include "device.h"

/* gc_publish: with acknowledgements of all devices as they are now. NULL: nothing to publish. */
struct commit *gc_publish(struct fleet *f, struct device *d);
