/* SPDX-License-Identifier: MIT
 * Requests to the daemon about something inside its mount.
 */
#pragma once

#include "cli/control/client.h"

/* ask_path: asks the daemon `op` about the inode of a path; `watch` is optional. *ret: the answer, to be dropped. An
 * exit code; what went wrong is printed. */
int ask_path(const char *op, const char *path, const struct control_watch *watch, json_t **ret);
/* ask_path_space: what of the tree at a path is on this device. */
int ask_path_space(const char *path, json_t **ret);
