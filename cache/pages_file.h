/* SPDX-License-Identifier: MIT
 * data.mdb before LMDB is let at it.
 */
#pragma once

#include "cache/pages.h"

struct pages_seen {
	size_t bytes, page; /* of the file, and of a page; 0: there is none */
	size_t anchor;      /* pages.h */
};
/* pages_file_check: data.mdb in `dir`, which nobody else has open (the caller's lock) and nobody else can write to (its
 * mode): what was checked is what LMDB opens next. None, or an empty one: ERR_OK, LMDB makes it. ERR_DAMAGED with a
 * sentence that says what to do; ERR_IO; ERR_NOMEM. The SIGBUS guard is installed. */
MUST_CHECK err_t pages_file_check(const char *dir, const struct pages_of *of, struct pages_seen *ret, struct why *why);
