/* SPDX-License-Identifier: MIT
 * Secret memory from the heap, for a target that links with --wrap (tests/fuzz/meson.build): a mapping between guard
 * pages is six calls of the kernel, and the sanitizer sees an overrun of one byte where a page lets up to 4,095 pass.
 */
#pragma once

#include "crypto/secret.h"
#include "tests/fuzz/fuzz.h"

struct secret_heap {
	size_t size;
	max_align_t data[];
};

static inline struct secret_heap *secret_heap_of(const void *p)
{
	return (struct secret_heap *)((uintptr_t)p - offsetof(struct secret_heap, data));
}

void *__wrap_secret_alloc(size_t n);
void *__wrap_secret_alloc(size_t n)
{
	struct secret_heap *s = n > SIZE_MAX / 2 ? NULL : calloc(1, sizeof(*s) + n);
	if (!s)
		return NULL;
	s->size = n;
	return s->data;
}

void __wrap_secret_free(void *p);
void __wrap_secret_free(void *p)
{
	if (!p)
		return;
	struct secret_heap *s = secret_heap_of(p);
	crypto_wipe(p, s->size);
	free(s);
}

void __wrap_secret_freep(void *pp);
void __wrap_secret_freep(void *pp)
{
	__wrap_secret_free(*(void **)pp);
}

size_t __wrap_secret_size(const void *p);
size_t __wrap_secret_size(const void *p)
{
	return p ? secret_heap_of(p)->size : 0;
}
