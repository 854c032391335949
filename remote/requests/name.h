/* SPDX-License-Identifier: MIT
 * Names of objects, and where they lie.
 */
#pragma once

#include "remote/store.h"

#define STORE_PATH_MAX (STORE_NAME_MAX + 4) /* with its NUL */

/* store_name_ok: the header or 32 hex digits. */
bool store_name_ok(const char *name);
/* store_name_path: where an object lies under the store's place: "ab/abcd...", the header as it is called. */
void store_name_path(const char *name, char out[STORE_PATH_MAX]);
/* store_name_seen: `path`, of any bytes and below the place, is there: the first is noted, or the first that lies in
 * one of the 256 folders of a vault's objects. */
void store_name_seen(struct store_place *place, const char *path);
