/* SPDX-License-Identifier: MIT
 * What is to be told of a delivery (changes.h): made by parts, as what is shown (following.h), when all of that is
 * made:
 *
 *     new ---- numbers, in stops ----> ---- list, beside everybody ----> ---- names, in stops ----> ---- settle
 *
 * first numbers, by inodes whose records change; then names, by clusters that these and the local records give. Who
 * knows what is asked again at the end. By numbers as derived, which settle translates: stand-ins come and go.
 */
#pragma once

#include "vault/work/changed_numbers.h"
#include "vault/work/following.h"

struct news;
struct news_config {
	const struct following *following; /* stays */
	const struct records *changes;     /* of published records; stay */
	const struct tree_naming *naming;  /* stays */
	const struct work_told *told;      /* stays */
	unsigned part;                     /* keys, or clusters, in one */
};
/* news_new: ERR_NOMEM, ERR_DAMAGED. */
MUST_CHECK err_t news_new(const struct news_config *c, struct news **ret);
void news_freep(struct news **n);
/* news_numbers, news_names: the next part, while everybody is stopped. ERR_NOTFOUND: all are made. */
MUST_CHECK err_t news_numbers(struct news *n);
MUST_CHECK err_t news_list(struct news *n);
MUST_CHECK err_t news_names(struct news *n);

/* What is known when everything is settled. */
struct news_last {
	const struct work_step *step;  /* with the stand-ins as they were and will be */
	const struct clusters *names;  /* names that stand for another number, whatever the records say */
	const struct u64s *parted;     /* numbers under which nothing is shown any more, as little */
	const struct records *touched; /* keys that changed since the first part was made */
};
/* news_settle: adds to `ret`: of all, also of what is not made. While everybody is stopped. */
MUST_CHECK err_t news_settle(const struct news *n, const struct news_last *last, struct work_changes *ret);
