/* SPDX-License-Identifier: MIT
 * Numbers that are shown otherwise than derived (tree_number_of), on this device alone and until nobody uses them. A
 * file that is open goes on in its version under the number that it was opened as; when that number would show another
 * version, what is shown gets a *stand-in*, and the number is *parted*: only who has it open knows it.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stand_in {
	uint64_t number, as; /* as derived; as shown */
	bool past;           /* `as` was parted, too: nothing is shown under it either */
};
struct stand_ins {
	struct stand_in *v;
	size_t n, cap;
};
void stand_ins_free(struct stand_ins *s);
MUST_CHECK err_t stand_ins_copy(const struct stand_ins *from, struct stand_ins *ret);
/* stand_in_add: `number`, as derived, is shown as `as`. ERR_NOMEM. */
MUST_CHECK err_t stand_in_add(struct stand_ins *s, uint64_t number, uint64_t as);
/* stand_ins_drop: those of which nobody knows a number any more. */
void stand_ins_drop(struct stand_ins *s, bool (*known)(void *ctx, uint64_t number), void *ctx);

/* In all of these `s` NULL is none.
 * stand_in_as: under which number is shown what is derived as `number`: that itself, if it has no stand-in.
 * stand_in_meant: the other way; 0: nothing is shown under it, it is parted.
 * stand_in_recorded: whose records those are that `number` shows, or showed until it was parted.
 * stand_in_is: it has a stand-in, or is one. */
uint64_t stand_in_as(const struct stand_ins *s, uint64_t number);
uint64_t stand_in_meant(const struct stand_ins *s, uint64_t number);
bool stand_in_is(const struct stand_ins *s, uint64_t number);
uint64_t stand_in_recorded(const struct stand_ins *s, uint64_t number);
