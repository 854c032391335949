/* SPDX-License-Identifier: MIT */
#include "util/vec.h"

#include "util/cleanup.h"

#define FIRST 8

bool vec_room_(void **v, size_t n, size_t more, size_t *cap, size_t size)
{
	size_t want, twice;
	if (*cap - n >= more)
		return true;
	if (__builtin_add_overflow(n, more, &want) || __builtin_mul_overflow(*cap, 2, &twice))
		return false;
	want = MAX(MAX(want, twice), FIRST);
	void *p = reallocarray(*v, want, size);
	if (!p)
		return false;
	*v = p;
	*cap = want;
	return true;
}
