/* SPDX-License-Identifier: MIT
 * Files with equal contents: of one type, regular or symbolic links, each with one version, and those with one tag.
 * Under one name they are shown once.
 */
#pragma once

#include "vault/tree/parts.h"

/* equal_files: sets `same` of every node to the first of those that equal it; itself when there is no other. */
MUST_CHECK err_t equal_files(struct tree *t);
