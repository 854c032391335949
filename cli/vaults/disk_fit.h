/* SPDX-License-Identifier: MIT
 * Is a disk fit for local state: local, writable, with room.
 */
#pragma once

#include "util/error.h"

#include <stdint.h>

/* disk_check: ERR_IO or ERR_NOSPACE with a sentence; `need`: free bytes. `path` is for the sentence. */
MUST_CHECK err_t disk_check(int dir_fd, const char *path, uint64_t need, struct why *why);
/* disk_unfit: names a file system whose locks, shared mappings or fsync the map cannot rely on; NULL: fit. `type` as in
 * /proc/self/mountinfo: only FUSE needs it, a local FUSE file system is fit. */
const char *disk_unfit(unsigned long magic, const char *type);
