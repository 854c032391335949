/* SPDX-License-Identifier: MIT
 * The checks of conformance.c, and what they and its commands have in common.
 */
#ifndef TESTS_REMOTE_CONFORMANCE_CHECKS_H
#define TESTS_REMOTE_CONFORMANCE_CHECKS_H

#include "remote/store.h"

#define MIB (1u << 20)

enum check_when {
	CHECK_ALWAYS,
	CHECK_PAGES, /* on a store whose lists come in pages */
	CHECK_ANEW,  /* on the same store opened again, at the end */
};

/* struct check: fn answers NULL when all is well, otherwise what went wrong. */
struct check {
	const char *name;
	const char *(*fn)(struct store *s);
	enum check_when when;
};

/* checks: in their order; the last has no name. */
extern const struct check checks[];
extern const char *const error_names[ERR_COUNT_];

int64_t now_ms(void);
/* name_of: the name of object `i`. */
void name_of(unsigned i, char out[33]);
/* fill: `n` bytes that `seed` gives. */
void fill(struct buf *b, size_t n, unsigned seed);
bool same(const struct buf *got, const uint8_t *p, size_t n);

#endif
