/* SPDX-License-Identifier: MIT
 * Whether many objects are there: a byte of each is asked for, some at once.
 */
#pragma once

#include "remote/store.h"
#include "vault/objects/object.h"

struct look {
	char name[OBJECT_NAME];
	uint64_t at;  /* which byte */
	err_t result; /* ERR_NOTFOUND: it is not there; ERR_DAMAGED: it is shorter */
};
/* looks_run: of all of the list. What the store fails with, and then nothing is known of any. */
MUST_CHECK err_t looks_run(struct store *store, struct look *list, size_t n);
