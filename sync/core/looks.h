/* SPDX-License-Identifier: MIT
 * Whether many objects are there: a byte of each is asked for, some at once.
 */
#pragma once

#include "remote/store.h"
#include "vault/objects/name.h"

#include <stdbool.h>

struct look {
	char name[OBJECT_NAME];
	uint64_t at;  /* which byte */
	err_t result; /* ERR_NOTFOUND: it is not there; ERR_DAMAGED: it is shorter; what the store fails with for it */
};
/* look_is_answer: of a result: the object is there, or it is not. */
bool look_is_answer(err_t e);
/* looks_run: of all of the list. What the store fails with if it answers for none; an error that may be one object's
 * alone (asked_alone) is its result. */
MUST_CHECK err_t looks_run(struct store *store, struct look *list, size_t n);
