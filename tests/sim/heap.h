/* SPDX-License-Identifier: MIT
 * The memory of worlds, which follow one another in processes of their own: heap.c. Where a sanitizer has its own
 * malloc, nothing is handed on.
 */
#pragma once

#ifdef SIM_HEAP
/* heap_share: once, in the process that starts worlds, one after the other. */
void heap_share(void);
/* heap_world: in the process of a world, before it asks for memory: malloc gives what the worlds before had. */
void heap_world(void);
/* heap_alone: in a copy of a world: from now on what it writes is its own. Whom it was copied from writes nothing on
 * the heap until the copy has ended. */
void heap_alone(void);
#else
static inline void heap_share(void)
{
}
static inline void heap_world(void)
{
}
static inline void heap_alone(void)
{
}
#endif
