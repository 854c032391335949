/* SPDX-License-Identifier: MIT
 * A file of pages of 4,096 bytes without its zeros: pages(u8), then for each run of bytes: gap before it(u16)
 * length(u8) bytes.
 */
#pragma once

#include "util/buf.h"
#include "util/cleanup.h"

#include <string.h>

#define SPARSE_PAGE 4096u
#define SPARSE_GAP 4 /* so many zeros end a run */

struct sparse_run {
	size_t at, n;
	const uint8_t *b;
};

/* sparse_next: the run that comes next, in a file of `len` bytes. ERR_DAMAGED: it is over its end. What is cut off is
 * zeros. Not looked at by the fuzzer, which would spend half of its time here: there is one way through it. */
__attribute__((no_sanitize("coverage"))) static inline err_t sparse_next(struct span *in, size_t len,
                                                                         struct sparse_run *run)
{
	const uint8_t *p = in->p;
	if (in->len < 3)
		return ERR_DAMAGED;
	run->at += run->n + (size_t)(p[0] | p[1] << 8);
	run->n = MIN((size_t)p[2], in->len - 3);
	run->b = p + 3;
	*in = SPAN(run->b + run->n, in->len - 3 - run->n);
	return run->at > len || run->n > len - run->at ? ERR_DAMAGED : ERR_OK;
}

static inline size_t sparse_zeros(struct span s, size_t at)
{
	const uint8_t *b = s.p;
	size_t n = 0;
	while (at + n < s.len && !b[at + n])
		n++;
	return n;
}

static inline void sparse_write(struct span s, struct buf *out)
{
	const uint8_t *b = s.p;
	buf_u8(out, (uint8_t)(s.len / SPARSE_PAGE));
	for (size_t at = 0; at < s.len;) {
		size_t gap = MIN(sparse_zeros(s, at), UINT16_MAX), n = 0;
		at += gap;
		while (n < UINT8_MAX && at + n < s.len && (b[at + n] || sparse_zeros(s, at + n) < SPARSE_GAP))
			n++;
		buf_u16(out, (uint16_t)gap);
		buf_u8(out, (uint8_t)n);
		buf_put(out, b + at, n);
		at += n;
	}
}
