/* SPDX-License-Identifier: MIT */
#include "vault/shown/shown_key.h"

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
