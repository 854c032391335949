/* SPDX-License-Identifier: MIT */
#include "vault/shown/shown_key.h"

#include "vault/tree/conflict.h"

const uint8_t shown_kinds[SHOWN_KINDS_N] = {
	SHOWN_NAMES, SHOWN_SPECIAL, SHOWN_MEMBERS, SHOWN_BOUND,   SHOWN_REVIVED,
	SHOWN_HOMES, SHOWN_HANGS,   SHOWN_COPIES,  SHOWN_SUBDIRS, SHOWN_SEVERAL,
};

struct shown_key shown_key(enum shown_kind kind, const uint64_t *numbers, unsigned n)
{
	struct shown_key k = { .b[0] = (uint8_t)kind, .len = (uint8_t)(1 + 8 * n) };
	for (unsigned i = 0; i < n; i++)
		for (unsigned byte = 0; byte < 8; byte++)
			k.b[1 + 8 * i + byte] = (uint8_t)(numbers[i] >> (56 - 8 * byte));
	return k;
}

struct shown_key shown_key_cluster(enum shown_kind kind, uint64_t dir, uint64_t hash)
{
	struct shown_key k = shown_key_2(kind, dir, hash);
	k.len -= 4;
	return k;
}

err_t shown_hash(const struct namehash *h, struct span name, uint64_t *ret)
{
	struct name base;
	uint64_t upper, lower;
	conflict_base(name, &base);
	err_t e = namehash_of(h, SPAN(base.b, base.len), &upper);
	lower = upper;
	if (e == ERR_OK && base.len != name.len) /* else they are the same bytes */
		e = namehash_of(h, name, &lower);
	if (e == ERR_OK)
		*ret = shown_cluster(upper) | lower >> 32;
	return e;
}

err_t shown_key_number(struct span key, unsigned i, uint64_t *ret)
{
	struct rd r = RD(key);
	rd_bytes(&r, 1 + 8 * (size_t)i);
	uint64_t n = rd_u64be(&r);
	if (r.bad)
		return ERR_DAMAGED;
	*ret = n;
	return ERR_OK;
}
