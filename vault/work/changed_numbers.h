/* SPDX-License-Identifier: MIT
 * Which numbers show something else after a delivery.
 */
#pragma once

#include "vault/work/changed_names.h"

struct changed_number {
	uint64_t ino;
	bool contents; /* by the records: other contents; else other attributes */
	bool judged;   /* somebody knew it: */
	uint8_t kind;  /* of struct work_change: what is to be told */
};
struct changed_numbers {
	struct changed_number *v;
	size_t n, cap;
	struct clusters names; /* that may be shown otherwise, too */
};
void changed_numbers_free(struct changed_numbers *c);

/* Keys of shared records that changed: entries of one table, ascending by inode, all of an inode. */
struct changed_keys {
	const struct records_entry *const *v;
	size_t n;
};
/* changed_numbers_find: of these, in `ret`, which is empty. By numbers as derived, whatever stand-ins there are. Fails
 * as the views do; ERR_NOMEM. */
MUST_CHECK err_t changed_numbers_find(const struct work_step *s, struct changed_keys keys, struct changed_numbers *ret);
/* changed_numbers_judge: what is to be told of those that are known now, by numbers as derived. */
MUST_CHECK err_t changed_numbers_judge(const struct work_step *s, struct changed_numbers *c);
/* changed_numbers_tell: adds to `ret`: of those that are known now, as they are shown; what was judged holds.
 * changed_numbers_gone: of numbers under which nothing is shown any more. */
MUST_CHECK err_t changed_numbers_tell(const struct work_step *s, const struct changed_numbers *c,
                                      struct work_changes *ret);
MUST_CHECK err_t changed_numbers_gone(const struct work_step *s, const struct u64s *numbers, struct work_changes *ret);
