/* SPDX-License-Identifier: MIT
 * Directory and small-file work under the registry.
 */
#pragma once

#include "util/buf.h"

#include <sys/stat.h>

/* disk_mkdirs: path and what is missing above it, 0700; the names are durable. ERR_INVAL: this is root, and it would
 * lie in a directory of somebody else. */
MUST_CHECK err_t disk_mkdirs(const char *path, struct why *why);
/* disk_owned: it is of the user that this process is. ERR_INVAL: of somebody else; what to do. */
MUST_CHECK err_t disk_owned(const struct stat *st, const char *path, struct why *why);
/* disk_empty: deletes everything below but `keep` (NULL: nothing is kept); never follows links or crosses mounts. */
MUST_CHECK err_t disk_empty(int dir_fd, const char *keep, struct why *why);
/* disk_write: temporary file, fsync, rename, fsync of the directory. */
MUST_CHECK err_t disk_write(int dir_fd, const char *dir, const char *file, struct span bytes, struct why *why);
/* disk_read: the whole of an open file, appended; ERR_LIMIT over `limit`. `file` is its name, for the sentence. */
MUST_CHECK err_t disk_read(int fd, const char *file, size_t limit, struct buf *out, struct why *why);
/* disk_put_all: write(2) until all is out; false with errno. */
bool disk_put_all(int fd, struct span bytes);
