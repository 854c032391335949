/* SPDX-License-Identifier: MIT
 * malloc and its like for a world, which is one thread, lives for some milliseconds and ends with its process: by
 * sizes, each with a list of what was freed, and nothing goes back. A sixth of a world's time was glibc's, which looks
 * for neighbours to join and for other threads. What is freed twice, or was never given, ends the program. Left out
 * where a sanitizer has an allocator of its own (meson.build).
 *
 * Three quarters of the pages that a world touched for the first time were the heap's, and to be given one costs more
 * than most operations. So a world has large pages, if the kernel has some, and shares none with the process that
 * starts it, which would be copied.
 */
#include "tests/sim/heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SMALL_MAX 1024u /* up to here a class each 16 bytes, then four of each power of two */
#define CLASSES 288u
#define UNIT 16u
#define CHUNK ((size_t)16 << 20)
#define LARGE ((size_t)2 << 20) /* a page of the larger kind */

enum { GIVEN = 0x6715, FREED = 0xf4ee };
struct head {
	alignas(UNIT) uint32_t class;
	uint32_t state;
	size_t room; /* of what follows */
};
struct freed {
	struct head head;
	struct freed *next;
};

/* One heap a process: who calls malloc has no argument that could carry it. */
static struct {
	struct freed *list[CLASSES];
	uintptr_t at, end; /* of the chunk: not given yet, and zero */
	bool world;
} the;

/* class_of: *room: n, rounded up. */
static uint32_t class_of(size_t n, size_t *room)
{
	if (n <= SMALL_MAX) {
		*room = n ? (n + UNIT - 1) / UNIT * UNIT : UNIT;
		return (uint32_t)(*room / UNIT);
	}
	unsigned log = 63u - (unsigned)__builtin_clzll(n - 1); /* 2^log < n <= 2^(log + 1) */
	size_t step = (size_t)1 << (log - 2);
	*room = (n + step - 1) / step * step;
	return SMALL_MAX / UNIT + (log - 10) * 4 + (uint32_t)((*room - ((size_t)1 << log)) / step);
}

int __real_madvise(void *p, size_t n, int advice);

static bool chunk_new(size_t least)
{
	size_t size = (least > CHUNK ? least : CHUNK) + LARGE;
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return false;
	the.at = ((uintptr_t)p + LARGE - 1) / LARGE * LARGE;
	the.end = (uintptr_t)p + size;
	if (the.world)
		(void)__real_madvise((void *)the.at, the.end - the.at, MADV_HUGEPAGE); /* else small ones do */
	return true;
}

/* fresh: of the chunk; the bytes are zero. */
static struct head *fresh(size_t room, size_t align)
{
	if (room > SIZE_MAX / 4 || align > SIZE_MAX / 4)
		return NULL;
	size_t least = sizeof(struct head) + align + room;
	if (the.end - the.at < least && !chunk_new(least))
		return NULL;
	uintptr_t data = (the.at + sizeof(struct head) + align - 1) / align * align;
	the.at = data + room;
	return (struct head *)(data - sizeof(struct head));
}

static void *give(size_t n, bool zero)
{
	size_t room = 0;
	if (n > SIZE_MAX / 4) {
		errno = ENOMEM;
		return NULL;
	}
	uint32_t class = class_of(n, &room);
	struct freed *f = the.list[class];
	struct head *h = f ? &f->head : fresh(room, UNIT);
	if (!h) {
		errno = ENOMEM;
		return NULL;
	}
	if (f) {
		the.list[class] = f->next;
		if (zero)
			memset(h + 1, 0, n);
	}
	*h = (struct head){ class, GIVEN, room };
	return h + 1;
}

static struct head *head_of(void *p)
{
	struct head *h = (struct head *)p - 1;
	if (h->state != GIVEN)
		abort();
	return h;
}

void *malloc(size_t n)
{
	return give(n, false);
}

void *calloc(size_t n, size_t size)
{
	size_t all;
	if (!__builtin_mul_overflow(n, size, &all))
		return give(all, true);
	errno = ENOMEM;
	return NULL;
}

void free(void *p)
{
	if (!p)
		return;
	struct head *h = head_of(p);
	struct freed *f = (struct freed *)h;
	h->state = FREED;
	f->next = the.list[h->class];
	the.list[h->class] = f;
}

void *realloc(void *p, size_t n)
{
	if (!p)
		return malloc(n);
	struct head *h = head_of(p);
	if (n <= h->room)
		return p;
	void *q = malloc(n);
	if (!q)
		return NULL;
	memcpy(q, p, h->room);
	free(p);
	return q;
}

void *aligned_alloc(size_t align, size_t n)
{
	size_t room = 0;
	if (align <= UNIT)
		return malloc(n);
	uint32_t class = n > SIZE_MAX / 4 ? 0 : class_of(n, &room);
	struct head *h = room ? fresh(room, align) : NULL;
	if (!h) {
		errno = ENOMEM;
		return NULL;
	}
	*h = (struct head){ class, GIVEN, room };
	return h + 1;
}

void *memalign(size_t align, size_t n)
{
	return aligned_alloc(align, n);
}

int posix_memalign(void **ret, size_t align, size_t n)
{
	void *p = aligned_alloc(align, n);
	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

size_t malloc_usable_size(void *p)
{
	return p ? head_of(p)->room : 0;
}

void heap_world(void)
{
	memset(&the, 0, sizeof(the));
	the.world = true;
}
