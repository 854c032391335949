/* SPDX-License-Identifier: MIT */
#pragma once

/* heap_world: in the process of a world, before it asks for memory: it gets some of its own. Where a sanitizer has its
 * own malloc there is nothing to do. */
#ifdef SIM_HEAP
void heap_world(void);
#else
static inline void heap_world(void)
{
}
#endif
