/* SPDX-License-Identifier: MIT
 * Third step: what is shown at all.
 *   link      removed iff one of its removals counts.
 *   file      shown at its links that are not removed. All links removed, but a version is left that no remover of a
 * last link saw: it is revived, at one link, with the versions that none of them saw. directory shown if it is not
 * removed, or if something in it is shown: then it is revived.
 */
#pragma once

#include "vault/tree/parts.h"

MUST_CHECK err_t live_find(struct tree *t);
