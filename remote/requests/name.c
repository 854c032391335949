/* SPDX-License-Identifier: MIT
 * Names of objects and their places under the fan-out.
 */
#include "remote/requests/name.h"

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
