/* SPDX-License-Identifier: MIT
 * Pure functions over a sorted list of disjoint pieces. A list is an array of `cap` pieces of which `*n` are used.
 * Nothing is changed when a function returns false (the list would not fit).
 */
#pragma once

#include "vault/records/record.h"

/* pieces_cut: no piece covers any of [off, off + len) any more; one piece may become two. */
bool pieces_cut(struct piece *list, size_t *n, size_t cap, uint64_t off, uint64_t len);
/* pieces_insert: cuts, then adds; joined with its neighbours where they are one range of one block. */
bool pieces_insert(struct piece *list, size_t *n, size_t cap, const struct piece *p);
/* pieces_find: index of the first piece that ends after `off`; n when none does. */
size_t pieces_find(const struct piece *list, size_t n, uint64_t off);
