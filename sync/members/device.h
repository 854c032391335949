/* SPDX-License-Identifier: MIT
 * What a device says of itself.
 */
#pragma once

#include "crypto/secret.h"
#include "vault/join/draft.h"

struct device_said {
	struct id device;
	struct span name;
	const struct key *mix;
};
/* device_put: its record, as part of an operation, which draws `at`. ERR_INVAL: the name cannot be. */
MUST_CHECK err_t device_put(struct draft *d, const struct device_said *says, struct stamp at);
