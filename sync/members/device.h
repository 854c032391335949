/* SPDX-License-Identifier: MIT
 * What a device says of itself.
 */
#pragma once

#include "crypto/secret.h"
#include "vault/changeset/changeset.h"
#include "vault/join/draft.h"

struct device_said {
	struct id device;
	struct span name; /* of another device none: that is its own to say */
	const struct key *mix;
};
/* device_put: its record, as part of an operation, which draws `at`. ERR_INVAL: the name cannot be. */
MUST_CHECK err_t device_put(struct draft *d, const struct device_said *says, struct stamp at);
/* device_put_again: its mix key, also where that is known already: whoever says JOIN brings it in the same commit. */
MUST_CHECK err_t device_put_again(struct draft *d, struct id device, const struct key *mix);
/* device_rename: another name of it, into the open set of its own device, between two operations, and durable: nobody
 * else may say it (docs/format.md, "Refused"). Any thread. ERR_INVAL: the name cannot be; what the map fails with. */
MUST_CHECK err_t device_rename(struct changeset *c, struct id device, struct span name);
