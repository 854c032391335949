/* SPDX-License-Identifier: MIT
 * Records of files of format 2 for people: INODE, LINK, SIBLING, VERSION, XATTR.
 */
#pragma once

#include "util/fields.h"
#include "vault/join/group.h"
#include "vault/join/shared_key.h"

/* print_file: what the groups of a record say, as members of what is open. Contents, values of attributes and keys of
 * files are not said. ERR_NOMEM. */
MUST_CHECK err_t print_file(const struct fields *f, const struct shared_name *n, struct nodes list);
