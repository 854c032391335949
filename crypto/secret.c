/* SPDX-License-Identifier: MIT
 * Every secret has a mapping of its own between two guard pages: locked, absent from core dumps and from forked
 * children (a child that touches one dies, instead of working on with a key of zeroes).
 */
#include "crypto/secret.h"

#include "util/cleanup.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

struct secret { /* at the start of the mapping's usable part */
	size_t size, mapped;
	max_align_t data[];
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static struct secret *secret_of(const void *p)
{
	return (struct secret *)((uintptr_t)p - offsetof(struct secret, data));
}

void *secret_alloc(size_t n)
{
	size_t page = page_size();
	if (n > SIZE_MAX / 2)
		return NULL;
	size_t usable = (n + sizeof(struct secret) + page - 1) / page * page;
	size_t mapped = usable + 2 * page;
	uint8_t *at = mmap(NULL, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	/* Without these two the secret could leave the process; without the lock (a limit of the user) it can at
	 * worst reach swap, which is better than not working at all. */
	if (mprotect(at + page, usable, PROT_READ | PROT_WRITE) || madvise(at + page, usable, MADV_DONTDUMP) ||
	    madvise(at + page, usable, MADV_DONTFORK)) {
		munmap(at, mapped);
		return NULL;
	}
	(void)mlock(at + page, usable);
	struct secret *s = (struct secret *)(at + page);
	s->size = n;
	s->mapped = mapped;
	return s->data;
}

void secret_free(void *p)
{
	if (!p)
		return;
	struct secret *s = secret_of(p);
	size_t mapped = s->mapped, page = page_size();
	crypto_wipe(s, mapped - 2 * page);
	munmap((uint8_t *)s - page, mapped);
}

void secret_freep(void *pp)
{
	secret_free(*(void **)pp);
}

size_t secret_size(const void *p)
{
	return p ? secret_of(p)->size : 0;
}

void crypto_wipe(void *p, size_t n)
{
	if (n)
		OPENSSL_cleanse(p, n);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
	return n == 0 || CRYPTO_memcmp(a, b, n) == 0;
}

void key_wipe(struct key *k)
{
	crypto_wipe(k, sizeof(*k));
}
