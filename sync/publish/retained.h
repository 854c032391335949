/* SPDX-License-Identifier: MIT
 * Own commits that are kept as bytes.
 */
#pragma once

#include "sync/core/config.h"

/* retained_forget: those that nobody can want of us any more: our newest checkpoint has them, it is on the store and
 * our head names it, and every other device stands on them by a commit of its own. One that never published keeps
 * them all: so does nothing worse than what it costs. Called when a head was written. */
MUST_CHECK err_t retained_forget(struct sync *s);
