/* SPDX-License-Identifier: MIT
 * Files that are open, when a delivery changes what their numbers show (vault/tree/stand_in.h): those for writing, each
 * of which goes on in its version, and those without a name, which others bring back. The number is parted, and what is
 * shown gets a stand-in.
 */
#pragma once

#include "vault/act/act.h"
#include "vault/work/changed_names.h"

struct work;
/* A delivery that is made, and not applied yet. */
struct parting {
	struct act_handle *handles;        /* `parting` of those is set whose number will not show their version;
	                                      `left`, where nobody has it open */
	const struct work_told *told;      /* says which of them are open */
	const struct act_numbers *numbers; /* where stand-ins come from */
	struct stand_ins *next;            /* as they were; gets what is new */
	struct clusters *names;            /* gets those that stand for a new one */
	struct u64s *numbers_parted;       /* gets the numbers that these were shown as; sorted */
};
/* parted_find: after: what will be shown. naming: with the stand-ins as they were. */
MUST_CHECK err_t parted_find(const struct context *after, const struct tree_naming *naming, const struct parting *p);
/* parted_end: the delivery was applied, or not. */
void parted_end(struct act_handle *handles, bool applied);
/* parted_any: there are stand-ins. parted_forget: those go that nobody uses any more. Both under the caller's lock,
 * write side. */
bool parted_any(const struct work *w);
void parted_forget(struct work *w);
