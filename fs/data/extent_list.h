/* SPDX-License-Identifier: MIT
 * Pure functions over a sorted list of disjoint extents. A list is an array of `cap` extents of which `*n` are used.
 * Nothing is changed when a function returns false (the list would not fit).
 */
#pragma once

#include "vault/records/record.h"

/* extent_list_sound: what always holds of a list: sorted, disjoint, none empty, each inside one block of the file. */
bool extent_list_sound(const struct extent *list, size_t n);
/* extent_list_cut: no extent covers any of [off, off + len) any more; one extent may become two. */
bool extent_list_cut(struct extent *list, size_t *n, size_t cap, uint64_t off, uint64_t len);
/* extent_list_insert: cuts, then adds; joined with its neighbours where they are one range of one block. */
bool extent_list_insert(struct extent *list, size_t *n, size_t cap, const struct extent *p);
/* extent_list_find: index of the first extent that ends after `off`; n when none does. */
size_t extent_list_find(const struct extent *list, size_t n, uint64_t off);
