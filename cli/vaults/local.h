/* SPDX-License-Identifier: MIT
 * This device's side of a vault: the sealed map under its local key, and the device's identity inside it (MAP_STATE,
 * keys "cli.*").
 */
#pragma once

#include "cache/map.h"
#include "cli/vaults/vaults.h"
#include "vault/keys/header.h"

struct device {
	struct key *seed; /* secret_alloc'ed */
	uint8_t id[ID_LEN], stream[ID_LEN];
	char name[65]; /* UTF-8, never empty */
};
#define DEVICE_INIT ((struct device){ 0 })
void device_free(struct device *d);
/* device_new: draws seed and ids. `name` NULL: the host's. ERR_INVAL when it is no device name. */
MUST_CHECK err_t device_new(const char *name, struct device *ret, struct why *why);
/* device_store: durable when it returns. device_load: ERR_DAMAGED when incomplete. */
MUST_CHECK err_t device_store(struct map *m, const struct device *d);
MUST_CHECK err_t device_load(struct map *m, struct device *ret, struct why *why);

/* local_open: the map of a vault; `fresh`: with a new salt, in an empty directory. */
MUST_CHECK err_t local_open(const struct vault_dir *v, const struct keyring *ring, bool fresh, struct map **ret,
                            struct why *why);
/* local_map_close: for cleanup(); a failed last commit is logged by the map. */
void local_map_close(struct map **m);
/* local_header: the header copy, verified. ERR_NOTFOUND when there is none. */
MUST_CHECK err_t local_header(const struct vault_dir *v, struct header **ret, struct why *why);
/* local_save_header: replaces the copy. */
MUST_CHECK err_t local_save_header(const struct vault_dir *v, const struct header *h, struct why *why);
#define HEADER_MAX (1u << 20)
