/* SPDX-License-Identifier: MIT
 * An epoch with the keys of its objects, out of the keyring.
 */
#pragma once

#include "vault/keys/keyring.h"
#include "vault/objects/object2.h"

struct epoch2 {
	struct epoch_at at;
	struct key names, objects;
	enum cipher cipher;
};
/* epoch2_open: ERR_NOTFOUND: not known. epoch2_wipe: what it holds. */
MUST_CHECK err_t epoch2_open(const struct keyring *k, uint32_t epoch, struct epoch2 *ret);
void epoch2_wipe(struct epoch2 *e);
/* epoch2_place: of an object of that name: as long as `e` and `name` live. */
static inline struct object2_place epoch2_place(const struct epoch2 *e, enum object2_type type, const char *name)
{
	return (struct object2_place){ &e->at, &e->objects, e->cipher, type, name };
}
