/* SPDX-License-Identifier: MIT
 * Names of what has lost its name: `report (conflict laptop 2026-11-24 10.15.03).tar.gz`, a counter behind the bracket
 * if that is taken. Device and time are those of the root, so that a name stays when its file is saved again.
 *
 * The same on every device: these rules are part of the format.
 *   stem and extension: the last dot that is not the first byte, with 1 to 8 letters or digits behind it, begins the
 *     extension; one more such part before it, that begins with a letter, belongs to it.
 *   a suffix of an earlier conflict, at the end or before the extension, is left out: the copy of a copy is one more
 *     copy. What stands before it is the stem, whatever that is.
 *   the stem is cut, at the start of a UTF-8 character, so that the whole has at most NAME_BYTES bytes.
 */
#pragma once

#include "vault/join/types.h"

/* CONFLICT_WHO: room for the text after "conflict ", with its NUL. */
#define CONFLICT_WHO 64
/* conflict_who: device name and UTC time (seconds since 1970): "laptop 2026-11-24 10.15.03". What must not stand in a
 * file name, brackets and control characters become '_'; the device's name is cut at 40 bytes. */
void conflict_who(struct span device, int64_t time, char out[CONFLICT_WHO]);
/* conflict_name: counter 1: without a counter. `who` holds no bracket, has a space in it and ends with a digit. */
void conflict_name(struct span recorded, const char *who, unsigned counter, struct name *out);
/* conflict_base: what all conflict names of `name` have in common with it, whatever device, time and counter: so names
 * of different bases never meet. Stem, cut shorter than any of them, and extension. */
void conflict_base(struct span name, struct name *out);
/* conflict_marked: may `name` be a conflict name? All of them have the mark. */
bool conflict_marked(struct span name);
/* conflict_counter: with which counter conflict_name gives `name`; 0: with none. */
unsigned conflict_counter(struct span recorded, const char *who, struct span name);
