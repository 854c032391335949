/* SPDX-License-Identifier: MIT
 * The machine as the devices see it: a virtual clock, randomness from the seed, threads that are fibers. The program is
 * linked with --wrap for the calls that would reach the real one (meson.build has the list; host_wrap.c has what stands
 * in for them), so nothing of this is in the product, and nothing can switch it there.
 */
#pragma once

#include "tests/sim/fiber.h"

#include <stddef.h>

#define HOST_OWNERS 8
#define HOST_OUTSIDE (HOST_OWNERS - 1) /* who is no device: setting up, the scheduler */

/* host_begin: time and randomness start anew. `narrow`: random numbers of 4 bytes take few values, so that what
 * collides once in 2^31 draws collides here. */
void host_begin(uint64_t seed, bool narrow);
int64_t host_now(void);                          /* monotonic ns */
void host_advance(int64_t ns);                   /* time goes on */
void host_wall_step(unsigned owner, int64_t ns); /* the wall clock of a device is set */
/* host_run: up to `slices` turns of ready fibers of `owners`; false: none is ready any more. */
bool host_run(uint64_t owners, unsigned slices, uint64_t pick);
/* host_count: turns taken since host_begin. */
uint64_t host_count(void);

/* host_keys_hashed: public keys of signatures are hashes from now on, and not real ones (host_keys.c). */
void host_keys_hashed(bool yes);
/* For host_wrap.c. */
int64_t host_wall(void);
void host_random(void *p, size_t n);
