/* SPDX-License-Identifier: MIT
 * Which device of a list a person means.
 */
#pragma once

#include "util/error.h"

#include <jansson.h>

#define DEVICE_ID_SHOWN 8 /* digits of an id, as lists show it */

/* device_pick: by its name, as it is written, or by how its id begins. Of several that are called so, those that were
 * revoked are not meant when there are others. *ret: of `list`. ERR_NOTFOUND: none; ERR_INVAL: several; each with a
 * sentence. */
MUST_CHECK err_t device_pick(const json_t *list, const char *text, const json_t **ret, struct why *why);
/* device_field: a text member of one; "": there is none. */
const char *device_field(const json_t *device, const char *name);
/* device_called: its name, or how its id begins. */
void device_called(const json_t *device, char out[80]);
