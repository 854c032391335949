/* SPDX-License-Identifier: MIT
 * Joined records as a view.
 */
#pragma once

#include "vault/changeset/joined.h"

/* joined_begin: over a view and sets that stay as long as `j`, which stays where it is. NULL: no set. Makes j->view. */
void joined_begin(struct joined *j, struct view published, struct said *first, struct said *second);
