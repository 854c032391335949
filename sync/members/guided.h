/* SPDX-License-Identifier: MIT
 * The guide (docs/format.md, "Guide"): it leads a newcomer, who has nothing but the roots, to the streams and so to the
 * heads. Whoever finds it gone, damaged, or without an open stream writes it.
 */
#pragma once

#include "util/error.h"

struct sync;
/* guided_read: its statements come into the set, whoever signed it: they prove themselves. None, or none that opens, is
 * no failure. What the store fails with. */
MUST_CHECK err_t guided_read(struct sync *s);
/* guided_keep: when due (at the start, once a day, when there is a new stream): reads it, and writes it if it must be;
 * a store that does not take it, and more than fits into one object, are no failure. Nothing without a stream of our
 * own. guided_write: without a look. What the store fails with. */
MUST_CHECK err_t guided_keep(struct sync *s);
MUST_CHECK err_t guided_write(struct sync *s);
/* guided_asked: somebody waits: it is due when the last look is a minute old, or the store did not take it. */
void guided_asked(struct sync *s);
