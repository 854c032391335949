/* SPDX-License-Identifier: MIT
 * This device's identity in a vault: kept sealed in the map (MAP_STATE, keys "cli.*").
 */
#pragma once

#include "cache/map.h"
#include "crypto/secret.h"
#include "vault/keys/header.h"

struct device {
	struct key *seed; /* secret_alloc'ed */
	struct id id, stream;
	char name[65]; /* UTF-8, never empty */
};
#define DEVICE_INIT ((struct device){ 0 })
/* device_free: wipes the seed. */
void device_free(struct device *d);
/* device_new: draws seed and ids. `name` NULL: the host's. ERR_INVAL when it is no device name. */
MUST_CHECK err_t device_new(const char *name, struct device *ret, struct why *why);
/* device_store: durable when it returns. */
MUST_CHECK err_t device_store(struct map *m, const struct device *d);
/* device_load: ERR_DAMAGED when incomplete. */
MUST_CHECK err_t device_load(struct map *m, struct device *ret, struct why *why);
