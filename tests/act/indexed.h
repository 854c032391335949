/* SPDX-License-Identifier: MIT
 * A device's local records of the shown tree, kept up to date with its shared ones, and held against those that are
 * made from scratch: after each step they are the same bytes.
 */
#pragma once

#include "vault/act/act.h"

struct indexed {
	struct records local;
	struct view view;
	struct namehash *hash;
};
void indexed_begin(struct indexed *x, struct act *a);
void indexed_free(struct indexed *x);
/* indexed_operated: what an operation put was put. */
void indexed_operated(struct indexed *x, struct act *a);
/* indexed_followed: shared records changed otherwise; before: as they were shown. */
void indexed_followed(struct indexed *x, struct act *a, const struct records *before);
/* indexed_all: adds all that is shown, as records. */
void indexed_all(const struct act *a, struct records *ret);
/* indexed_anew: shared records are others. */
void indexed_anew(struct indexed *x, struct act *a);
