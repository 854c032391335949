/* SPDX-License-Identifier: MIT */
#include "vault/objects/size.h"

#include "util/padme.h"

#define SIZE_LEAST 4096
#define SIZE_POWERS 262144

uint64_t object_size(uint64_t n)
{
	uint64_t size = SIZE_LEAST;
	if (n > SIZE_POWERS)
		return padme(n);
	while (size < n)
		size <<= 1;
	return size;
}
