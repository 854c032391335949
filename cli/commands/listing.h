/* SPDX-License-Identifier: MIT
 * The status of several vaults, for status and list.
 */
#pragma once

#include "cli/commands/vault_status.h"

#include <jansson.h>

struct listing {
	enum status_detail detail;
	json_t *all; /* array of status objects */
	struct why why;
	err_t failed;
};
/* listing_free: NULL members are fine. */
void listing_free(struct listing *l);
/* listing_all: of every vault here. An exit code; what went wrong is printed. `ret` is to be freed in any case. */
int listing_all(enum status_detail detail, struct listing *ret);
/* listing_one: of the vault that a name or a path in its mount means; with a path also what of its tree is here. */
int listing_one(const char *target, enum status_detail detail, struct listing *ret);
