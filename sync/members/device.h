/* SPDX-License-Identifier: MIT
 * What a device says of itself. Its statement and its stream are as in format 1 until there are
 * statements of format 2 (docs/plan.md, "To be decided first").
 */
#pragma once

#include "crypto/secret.h"
#include "vault/changeset/changeset.h"
#include "vault/join/draft.h"

#define DEVICE_NAME 65 /* bytes of a name, and NUL */
/* device_name: as it is recorded. ERR_NOTFOUND: it is not. */
MUST_CHECK err_t device_name(const struct changeset *c, struct id device, char ret[DEVICE_NAME]);
struct device_said {
	struct id device;
	struct span name;
	const struct key *mix; /* NULL: none is said */
};
/* device_put: its record, as part of an operation, which draws `at`. ERR_INVAL: the name cannot be. */
MUST_CHECK err_t device_put(struct draft *d, const struct device_said *says, struct stamp at);
/* device_say: its name, into the open set. Under the caller's lock (the namespace). ERR_INVAL: the name cannot be. */
MUST_CHECK err_t device_say(struct changeset *c, struct id device, struct span name);
