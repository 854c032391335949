/* SPDX-License-Identifier: MIT
 * What is known of the recovery key: which is in force, and what would take its place (members/recovery.h).
 */
#pragma once

#include "vault/join/statement.h"

#define RECOVERY_PENDING_MAX 8

enum recovery_here {                 /* what this device has to do with a replacement that is not settled */
	             RECOVERY_OWN,   /* it is its own word */
	             RECOVERY_WAITS, /* it confirms once it was shown for CONFIRM_AFTER */
	             RECOVERY_CONFIRMED,
	             RECOVERY_HINDERED, /* it does not confirm: it leaves out what the key in force has said */
	             RECOVERY_NOT_ASKED /* it is none of the devices that are asked */
};
struct recovery_pending { /* a replacement: both keys open the vault */
	struct hash said; /* its SLOT statement */
	struct id slot, by;
	int64_t made;     /* s since 1970, as its maker says */
	int64_t shown;    /* when a person was shown it here first; 0: never, or not remembered */
	size_t confirmed; /* devices that have */
	enum recovery_here here;
};
struct recovery_state {
	struct id slot, by;        /* in force; who brought it, ID_ZERO: genesis */
	int64_t made;              /* 0: with the vault */
	struct statement_pin last; /* what it said last */
	struct recovery_pending pending[RECOVERY_PENDING_MAX];
	size_t pending_n;
};
