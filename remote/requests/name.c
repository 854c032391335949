/* SPDX-License-Identifier: MIT
 * Names of objects and their places under the fan-out.
 */
#include "remote/requests/name.h"

#include "util/hex.h"

#include <stdio.h>
#include <string.h>

bool store_name_ok(const char *name)
{
	if (!strcmp(name, STORE_HEADER))
		return true;
	return strlen(name) == 32 && strspn(name, "0123456789abcdef") == 32;
}

void store_name_path(const char *name, char out[STORE_PATH_MAX])
{
	if (!strcmp(name, STORE_HEADER))
		snprintf(out, STORE_PATH_MAX, "%s", name);
	else
		snprintf(out, STORE_PATH_MAX, "%.2s/%s", name, name);
}

/* is_fan_out: "ab", or something below it. */
static bool is_fan_out(const char *path)
{
	char two[3] = "";
	uint8_t byte;
	if (strlen(path) < 2 || (path[2] && path[2] != '/'))
		return false;
	memcpy(two, path, 2);
	return hex_decode(two, &byte, 1);
}

void store_name_seen(struct store_place *place, const char *path)
{
	bool objects = is_fan_out(path);
	if (place->state == STORE_PLACE_TAKEN && (place->objects || !objects))
		return;
	place->state = STORE_PLACE_TAKEN;
	place->objects = objects;
	snprintf(place->first, sizeof(place->first), "%s", path);
}
