/* SPDX-License-Identifier: MIT
 * What the record codecs share: the version byte, and how a writer refuses.
 */
#pragma once

#include "util/buf.h"

#define RECORD_VERSION 1

/* record_open: reads the version byte. ERR_VERSION: newer than this build. */
static inline err_t record_open(struct rd *r)
{
	uint8_t v = rd_u8(r);
	if (r->bad || v == 0)
		return ERR_DAMAGED;
	return v > RECORD_VERSION ? ERR_VERSION : ERR_OK;
}

/* record_begin: writes the version byte, or refuses what the format cannot hold. */
static inline bool record_begin(struct buf *out, bool ok)
{
	if (!ok)
		out->failed = true;
	else
		buf_u8(out, RECORD_VERSION);
	return ok;
}

/* bytes_zero: all of them are. */
static inline bool bytes_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;
	for (size_t i = 0; i < n; i++)
		any |= p[i];
	return any == 0;
}

/* rd_blob8: length(1), bytes. */
static inline struct span rd_blob8(struct rd *r)
{
	size_t n = rd_u8(r);
	const uint8_t *p = rd_bytes(r, n);
	return SPAN(p, p ? n : 0);
}
