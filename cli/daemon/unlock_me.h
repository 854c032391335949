/* SPDX-License-Identifier: MIT
 * UNLOCK ME.txt: what a person finds in the folder of a locked vault, where that folder cannot be made unwritable.
 * `dir_fd`: the folder; it may be covered by a mount. A file of that name counts as ours only with the very bytes that
 * are written here, for whichever vault: with any other it is a person's.
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>

#define UNLOCK_ME "UNLOCK ME.txt"
bool unlock_me_is_ours(int dir_fd);
/* unlock_me_write: never over a file that is there. ERR_IO: errno says why. */
MUST_CHECK err_t unlock_me_write(int dir_fd, const char *vault);
/* unlock_me_remove: if it is ours. */
void unlock_me_remove(int dir_fd);
