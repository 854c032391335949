/* SPDX-License-Identifier: MIT
 * Sets of version ids: a MAP without groups, its keys stamp and tag(16).
 */
#pragma once

#include "vault/join/group.h"

/* version_set_add: nothing if it is there; false: out of memory, and all as it was. */
bool version_set_add(struct version_set *s, struct version_id id);
bool version_set_has(const struct version_set *s, struct version_id id);
/* version_set_unite: adds all of `more`; false: out of memory, and some are in. */
bool version_set_unite(struct version_set *s, const struct version_set *more);
void version_set_free(struct version_set *s);

/* version_set_read: of the group of that number; none: empty. `odd`: known.h. `s` is empty and the caller's to free,
 * also on failure. ERR_NOMEM. */
MUST_CHECK err_t version_set_read(struct nodes list, uint16_t number, struct version_set *s, bool *odd);
/* version_set_write: appends the group, unless the set is empty. */
void version_set_write(struct record *r, uint16_t number, const struct version_set *s);
