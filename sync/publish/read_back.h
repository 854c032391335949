/* SPDX-License-Identifier: MIT
 * A PUT that was answered with success is read back, so that a store that swallows objects is found out before what was
 * uploaded is evicted: the first ones of an opening always, then one in N. N grows with what was found in its place,
 * and begins anew with what was not.
 */
#pragma once

#include "util/buf.h"

struct sync;
struct item;
/* read_back: of an object that the store says it took, when due: its end must be there. ERR_DAMAGED: it is not, which
 * an alarm says; what the store fails with. */
MUST_CHECK err_t read_back(struct sync *s, const struct item *it, struct span body);
