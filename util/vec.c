/* SPDX-License-Identifier: MIT */
#include "util/vec.h"

#include "util/cleanup.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST 8

bool vec_room_(void **v, size_t n, size_t more, size_t *cap, size_t size)
{
	size_t want, twice, bytes;
	if (*cap - n >= more)
		return true;
	if (__builtin_add_overflow(n, more, &want) || __builtin_mul_overflow(*cap, 2, &twice))
		return false;
	want = MAX(MAX(want, twice), FIRST);
	if (__builtin_mul_overflow(want, size, &bytes) || bytes > PTRDIFF_MAX) /* no object is larger */
		return false;
	void *p = realloc(*v, bytes);
	if (!p)
		return false;
	*v = p;
	*cap = want;
	return true;
}
