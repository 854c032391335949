/* SPDX-License-Identifier: MIT
 * Last step: what each directory shows, from the root downwards.
 *   Directories of one name are united; they have the name before any file. Of the files of that name those with equal
 *   contents and no sibling, and links of one inode, are one entry; the greatest seat has the name. The others get
 *   conflict names: by name and falling seat, and then the siblings, by name and falling root, beside the first live
 * link of their file.
 */
#pragma once

#include "vault/tree/parts.h"

MUST_CHECK err_t fill_directories(struct tree *t);
