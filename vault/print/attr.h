/* SPDX-License-Identifier: MIT
 * Attributes of format 2 for people.
 */
#pragma once

#include "util/fields.h"
#include "vault/join/types.h"

/* print_attr: a member with the attribute's name. print_attr_value: its value alone, as members of what is open;
 * nothing of what is none. */
void print_attr(const struct fields *f, enum attr_group group, struct stamp stamp, struct span value);
void print_attr_value(const struct fields *f, enum attr_group group, struct span value);
