/* SPDX-License-Identifier: MIT
 * Named values (util/fields.h) that become members of a JSON object.
 */
#pragma once

#include "util/fields.h"

#include <jansson.h>

#define JSON_FIELDS_DEPTH 16
struct json_fields {
	struct fields f; /* what a printer is given */
	json_t *open[JSON_FIELDS_DEPTH];
	size_t depth;
	size_t bytes; /* about what it takes as text, and no less; for whoever lists until it is enough */
	bool failed;  /* out of memory; what is there is incomplete */
};
/* json_fields_begin: `f` writes into a new object from now on. */
void json_fields_begin(struct json_fields *j);
/* json_fields_end: the object, or NULL when memory ran out. */
json_t *json_fields_end(struct json_fields *j);
