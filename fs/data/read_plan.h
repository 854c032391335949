/* SPDX-License-Identifier: MIT
 * What a read has to do: bytes in memory are copied when the plan is made, the rest becomes parts, each some bytes of
 * one block.
 */
#pragma once

#include "fs/core/file.h"

struct read_part {   /* `len` bytes of the block at `block_off` go to the plan's p + at */
	void *owner; /* for whoever reads the parts */
	uint32_t at, len, block_off;
	struct id block;
};
struct read_plan {
	uint64_t off; /* what is wanted */
	size_t len;
	size_t got; /* so many of these bytes are inside the file */
	uint8_t *p; /* owned; zeros at first */
	uint8_t key[32];
	uint64_t generation; /* of the file, when the plan was made */
	unsigned made;       /* how often */
	struct read_part *parts;
	size_t nparts, parts_cap;
};

/* read_plan_make: takes the namespace lock's read side and the file's lock. May be made anew. */
int read_plan_make(struct read_plan *r, struct file *f);
void read_plan_free(struct read_plan *r);
