/* SPDX-License-Identifier: MIT */
#include "tests/sim/host.h"

#include "tests/sim/prng.h"
#include "util/clock.h"

#include <string.h>

#define BOOT (1000 * NS_PER_S)
#define BIRTH (INT64_C(1700000000) * NS_PER_S)

/* As in fiber.c: what is wrapped has no argument that could carry it. */
static struct {
	int64_t now;
	int64_t wall[HOST_OWNERS]; /* what a device's wall clock is ahead */
	uint64_t random[HOST_OWNERS];
	uint64_t count;
	bool narrow;
} the;

void host_begin(uint64_t seed, bool narrow)
{
	memset(&the, 0, sizeof(the));
	the.now = BOOT;
	the.narrow = narrow;
	for (unsigned i = 0; i < HOST_OWNERS; i++)
		the.random[i] = seed * HOST_OWNERS + i;
}

int64_t host_now(void)
{
	return the.now;
}

void host_advance(int64_t ns)
{
	the.now += ns;
}

void host_wall_step(unsigned owner, int64_t ns)
{
	the.wall[owner] += ns;
}

static unsigned owner(void)
{
	struct fiber *f = fiber_current();
	return f ? fiber_owner(f) : HOST_OUTSIDE;
}

int64_t host_wall(void)
{
	return BIRTH + the.now + the.wall[owner()];
}

void host_random(void *p, size_t n)
{
	uint8_t *at = p;
	uint64_t *state = &the.random[owner()];
	for (size_t i = 0; i < n; i += 8) {
		uint64_t x = prng(state);
		memcpy(at + i, &x, n - i < 8 ? n - i : 8);
	}
	if (the.narrow && n == 4)
		memset(at + 1, 0, 3), at[0] &= 3;
}

bool host_run(uint64_t owners, unsigned slices, uint64_t pick)
{
	for (unsigned i = 0; i < slices; i++) {
		struct fiber *f = fiber_next(owners, the.now, prng(&pick));
		if (!f)
			return false;
		the.count++;
		fiber_run(f);
	}
	return true;
}

uint64_t host_count(void)
{
	return the.count;
}
