/* SPDX-License-Identifier: MIT
 * $XDG_DATA_HOME/recently-used.xbel: what GTK and KDE programs opened lately.
 */
#pragma once

#include "cli/vaults/traces.h"

/* recent_files_look: adds to `t`. The rest of the list stays byte for byte; a list that is a link is left alone. */
void recent_files_look(const struct traces_of *of, struct traces *t);
