/* SPDX-License-Identifier: MIT
 * An epoch with the keys of its objects, out of the keyring.
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/objects/object.h"

struct epoch {
	struct epoch_at at;
	struct key names, objects;
	enum cipher cipher;
};
/* epoch_open: of that place in the keyring. ERR_NOTFOUND: there is none. epoch_wipe: what it holds. */
MUST_CHECK err_t epoch_open(const struct keyring *k, uint32_t place, struct epoch *ret);
void epoch_wipe(struct epoch *e);
/* epoch_place: of an object of that name: as long as `e` and `name` live. */
static inline struct object_place epoch_place(const struct epoch *e, enum object_type type, const char *name)
{
	return (struct object_place){ &e->at, &e->objects, e->cipher, type, name };
}
