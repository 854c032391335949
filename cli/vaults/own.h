/* SPDX-License-Identifier: MIT
 * Who this device is in a vault of format 2: its signer and its name, sealed in the map (MAP_STATE, keys "cli.*"). Its
 * id follows from the signer, its stream from what it has said.
 */
#pragma once

#include "cache/map.h"
#include "vault/members/mine.h"

#define OWN_NAME_MAX 64
struct own {
	struct signer_mine *mine;
	char name[OWN_NAME_MAX + 1]; /* UTF-8, never empty */
};
/* own_free: wipes. */
void own_free(struct own *o);
/* own_name: what this device is to be called; `wanted` NULL: as the host is. ERR_INVAL when it is no device name. */
MUST_CHECK err_t own_name(const char *wanted, char ret[OWN_NAME_MAX + 1], struct why *why);
/* own_store: durable when it returns: before anything names the signer. */
MUST_CHECK err_t own_store(struct map *m, const struct own *o);
/* own_load: of the vault `vault`. ERR_DAMAGED with a sentence when it is incomplete. */
MUST_CHECK err_t own_load(struct map *m, struct id vault, struct own *ret, struct why *why);
