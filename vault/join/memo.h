/* SPDX-License-Identifier: MIT
 * A view that reads once: what it was asked for is kept, and answered again out of memory. For one question or
 * operation, during which nothing below changes. Not for several threads.
 */
#pragma once

#include "vault/join/records.h"

struct memo {
	const struct view *below;
	struct records got;     /* by key; gone: it is not there */
	struct records scanned; /* these prefixes are whole in `got` */
	struct view view;
};
/* memo_begin: `m` stays where it is until memo_end, and `below` as it is. */
void memo_begin(struct memo *m, const struct view *below);
void memo_end(struct memo *m);
