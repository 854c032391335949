/* SPDX-License-Identifier: MIT
 * Whether what this device stands on is still on the store: of each stream the newest commit that is applied here. A
 * newcomer needs it, and who wrote it may be gone. Own commits are PUT again; what is lost of another device's is given
 * to newcomers in a checkpoint.
 */
#pragma once

#include "sync/core/ops.h"

struct sync;
/* audit2_run: one byte of each. What the store fails with; a commit that is lost is none of that. */
MUST_CHECK err_t audit2_run(struct sync *s);
