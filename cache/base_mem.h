/* SPDX-License-Identifier: MIT
 * The base in memory, for tests.
 */
#pragma once

#include "cache/base.h"

MUST_CHECK err_t base_mem_open(struct base **ret);
/* base_mem_copy: another base with what the last commit of `from` left, as a disk after a power cut at this moment. On
 * the thread that commits, or while none does. ERR_NOMEM. */
MUST_CHECK err_t base_mem_copy(const struct base *from, struct base **ret);

/* What a test does at each durable commit, on the thread that commits. */
struct base_mem_hook {
	err_t (*before)(void *ctx); /* an error: nothing is committed, and that is what the transaction says */
	void (*after)(void *ctx);   /* it is committed */
	void *ctx;
};
/* base_mem_on_commit: before anything is committed. */
void base_mem_on_commit(struct base *b, const struct base_mem_hook *hook);
