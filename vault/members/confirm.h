/* SPDX-License-Identifier: MIT
 * Whether a device may confirm that a recovery key is replaced (docs/format.md, "The recovery key is replaced").
 */
#pragma once

#include "vault/members/parts.h"

#define CONFIRM_AFTER (INT64_C(7) * 86400) /* s: how long a person was shown it before its device confirms */

enum confirm {
	CONFIRM_NOT_ASKED,  /* it replaces nothing in force, was the slot's own word, or that device's; or is confirmed
	                     */
	CONFIRM_VETO,       /* the recovery key in force has revoked the new slot, or who brought it, before that */
	CONFIRM_LEAVES_OUT, /* a statement of the recovery key in force would no longer count */
	CONFIRM_MAY         /* once it was shown for CONFIRM_AFTER */
};
/* confirm_ask: of device `device` and statement `said`, indices into the roster. */
enum confirm confirm_ask(const struct roster *r, size_t device, size_t said);
