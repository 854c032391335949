/* SPDX-License-Identifier: MIT */
#include "vault/changeset/numbers.h"

#include "crypto/random.h"

#define COUNTED 24
#define COUNT_MASK ((UINT64_C(1) << COUNTED) - 1)

static err_t draw(uint64_t *ret)
{
	uint64_t v = 0;
	while (v >> COUNTED == 0) {
		err_t e = crypto_random(&v, sizeof(v));
		if (e)
			return e;
	}
	*ret = v & ~COUNT_MASK;
	return ERR_OK;
}

/* next: the one after `*last`; the count begins at 0. */
static err_t next(uint64_t *last)
{
	if (*last == 0 || (*last & COUNT_MASK) == COUNT_MASK)
		return draw(last);
	++*last;
	return ERR_OK;
}

err_t numbers_ino(void *ctx, struct stamp at, uint64_t *ret_ino, struct id *ret_birth)
{
	struct numbers *n = ctx;
	struct id birth;
	(void)at;
	err_t e = crypto_random_id(&birth);
	if (!e)
		e = next(&n->ino);
	if (e)
		return e;
	*ret_ino = n->ino;
	*ret_birth = birth;
	return ERR_OK;
}

err_t numbers_lid(void *ctx, struct stamp at, uint64_t *ret_lid)
{
	struct numbers *n = ctx;
	(void)at;
	err_t e = next(&n->lid);
	if (!e)
		*ret_lid = n->lid;
	return e;
}
