/* SPDX-License-Identifier: MIT
 * Growing arrays: the owner has the pointer, the count and the capacity as members of its own struct.
 *     if (!vec_room(list->items, list->n, 1, &list->cap))
 *             return ERR_NOMEM;
 *     list->items[list->n++] = item;
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* vec_room: room for `more` elements behind the first `n` of array `v`; at least doubles it when it has to grow.
 * False, and all as it was, when memory is out. */
#define vec_room(v, n, more, cap) vec_room_((void **)&(v), n, more, cap, sizeof(*(v)))

bool vec_grow_(void **v, size_t n, size_t more, size_t *cap, size_t size);
static inline bool vec_room_(void **v, size_t n, size_t more, size_t *cap, size_t size)
{
	return *cap - n >= more || vec_grow_(v, n, more, cap, size);
}
