/* SPDX-License-Identifier: MIT
 * splitmix64: a small generator whose whole state is one number.
 */
#pragma once

#include <stdint.h>

static inline uint64_t prng(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}
static inline unsigned prng_pick(uint64_t *state, unsigned n)
{
	return (unsigned)((prng(state) >> 32) * n >> 32);
}
