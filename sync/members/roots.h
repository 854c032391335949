/* SPDX-License-Identifier: MIT
 * Objects "root" (docs/format.md, "Root"): roots of epochs for a member that was not among the recipients when they
 * were begun, since it joined at the same time or later.
 *
 * Whoever applied such a start, and knows a member that has no box of it and has published nothing under that epoch,
 * PUTs one, sealed to that member, under the newest epoch that it is known to open. What is read in one is a claim: the
 * start's commit is compared with it.
 */
#pragma once

#include "util/error.h"
#include "util/id.h"

#include <stdbool.h>

struct sync;
/* roots_keep: for whoever lacks one, when members or epochs are others than at the last such look, and ten minutes
 * after one at which somebody lacked one. A store that does not take it hinders nothing: tried again. roots_give: for
 * that device at once, under the newest epoch. */
MUST_CHECK err_t roots_keep(struct sync *s);
MUST_CHECK err_t roots_give(struct sync *s, struct id device);
/* roots_take: what others PUT for this device, of starts that wait, into the keyring. *ret_any: something was new. */
MUST_CHECK err_t roots_take(struct sync *s, bool *ret_any);
