/* SPDX-License-Identifier: MIT */
#include "util/padme.h"

uint64_t padme(uint64_t n)
{
	if (n < 2)
		return n;
	unsigned e = 63 - (unsigned)__builtin_clzll(n); /* floor(log2 n) */
	unsigned s = 32 - (unsigned)__builtin_clz(e);   /* floor(log2 e) + 1; 0 for e = 0 cannot be here */
	uint64_t mask = (UINT64_C(1) << (e - s)) - 1;   /* low bits that must be zero */
	uint64_t up;
	return __builtin_add_overflow(n, mask, &up) ? UINT64_MAX : up & ~mask;
}
