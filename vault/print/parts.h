/* SPDX-License-Identifier: MIT
 * What records of format 2 are made of, for people.
 */
#pragma once

#include "util/fields.h"
#include "vault/join/group.h"

/* print_stamp: "5:8877665544332211:1" (lamport, stream, n), or "zero". print_version_id: a stamp, ":" and the tag. */
void print_stamp(const struct fields *f, const char *name, struct stamp s);
void print_version_id(const struct fields *f, const char *name, struct version_id id);
/* print_stream: the number of a stream. */
void print_stream(const struct fields *f, const char *name, uint64_t stream);
/* print_spot: the member "name" with what is in it; NULL: as members of what is open. */
void print_spot(const struct fields *f, const char *name, const struct spot *s);
/* print_type: "file"; of S_IFMT >> 12. */
void print_type(const struct fields *f, const char *name, unsigned type);
/* print_groups: of groups whose meaning is not known: number, class, stamp, how much is in them. Those whose number has
 * its bit in `known` are left out; so is the member when none is left. */
void print_groups(const struct fields *f, struct nodes list, uint32_t known);
/* print_odd: a rule of the format is broken: what breaks it is read as if it were not there. Nothing if not. */
void print_odd(const struct fields *f, bool odd);
