/* SPDX-License-Identifier: MIT
 * Requests about devices to a vault's daemon. Each prints what went wrong and returns an exit code.
 */
#pragma once

#include "cli/vaults/vaults.h"

#include <jansson.h>

/* device_ask_list: *ret: {"name": vault, "devices": [...], "total": N}. */
int device_ask_list(const struct vault_dir *v, json_t **ret);
/* device_ask_do: `what` with `value`. */
int device_ask_do(const struct vault_dir *v, const char *what, const char *value);
