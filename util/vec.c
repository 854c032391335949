/* SPDX-License-Identifier: MIT */
#include "util/vec.h"

#include "util/cleanup.h"

#include <stdint.h>
#include <stdlib.h>

/* The first room: of what is small eight, of what is large as many as malloc gives at once. */
#define FIRST ((size_t)8)
#define FIRST_BYTES ((size_t)1024)

static size_t first_of(size_t size)
{
	return size * FIRST <= FIRST_BYTES ? FIRST : MAX(FIRST_BYTES / size, (size_t)1);
}

bool vec_grow_(void **v, size_t n, size_t more, size_t *cap, size_t size)
{
	size_t want, twice, bytes;
	if (__builtin_add_overflow(n, more, &want) || __builtin_mul_overflow(*cap, 2, &twice))
		return false;
	want = MAX(MAX(want, twice), first_of(size));
	if (__builtin_mul_overflow(want, size, &bytes) || bytes > PTRDIFF_MAX) /* no object is larger */
		return false;
	void *p = realloc(*v, bytes);
	if (!p)
		return false;
	*v = p;
	*cap = want;
	return true;
}
