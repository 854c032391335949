/* SPDX-License-Identifier: MIT
 * A record for people: what its key and value say. Keys of files, roots and contents of files are not said.
 */
#pragma once

#include "util/fields.h"

/* print_record: key, kind and the decoded value; for a value that cannot be decoded its length and why. `value.p` NULL:
 * deleted, or not readable. */
void print_record(const struct fields *f, struct span key, struct span value);
