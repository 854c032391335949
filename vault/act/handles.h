/* SPDX-License-Identifier: MIT
 * What is open for writing, found by its inode, so that an operation costs the same whatever else is open.
 *
 * An operation that is not applied has done nothing, to handles either: whoever changes one says so before
 * (handles_change), which keeps it as it was until the operation ends in handles_keep or handles_restore. No call here
 * takes memory, so none fails.
 */
#pragma once

#include "vault/act/act.h"

/* handles_add: one that was opened just now, by the operation under way. handles_remove: one that is not there, or not
 * any more, is fine. */
void handles_add(struct act *a, struct act_handle *h);
void handles_remove(struct act_handle *h);

/* handles_change: before anything in it is changed. handles_move: that, and it goes on in another inode. */
void handles_change(struct act *a, struct act_handle *h);
void handles_move(struct act *a, struct act_handle *h, uint64_t ino);

/* handles_of, handles_more: those that go on in an inode, the newest first; NULL: no more. */
struct act_handle *handles_of(const struct act *a, uint64_t ino);
struct act_handle *handles_more(const struct act_handle *h);

/* handles_keep, handles_restore: what was changed since the last of these calls stays as it is; is as it was before. */
void handles_keep(struct act *a);
void handles_restore(struct act *a);
