/* SPDX-License-Identifier: MIT
 * What others' commits change of what is shown, by number and name: what the kernel and open files are told. Rather a
 * change too many than one too few.
 */
#pragma once

#include "cache/map.h"
#include "vault/shown/context.h"
#include "vault/shown/u64s.h"
#include "vault/tree/build.h"

struct work_change {
	enum {
		WORK_ATTRS,    /* the number has other attributes or xattrs */
		WORK_CONTENTS, /* it has other contents, or nobody can tell; of a directory: other entries */
		WORK_GONE,     /* nothing is shown under it any more */
		WORK_ENTRY,    /* in the directory, `name` stands for another number */
	} kind;
	uint64_t ino;
	uint64_t before, after; /* of an entry; 0: none */
	struct name name;
};
struct work_changes {
	struct work_change *v;
	size_t n, cap;
};
void work_changes_free(struct work_changes *c);
/* changes_add: ERR_NOMEM. */
MUST_CHECK err_t changes_add(struct work_changes *c, const struct work_change *one);

/* Who is told. */
struct work_told {
	bool (*known)(void *ctx, uint64_t ino); /* false: nobody knows the number, so nothing is told of it */
	bool (*used)(void *ctx, uint64_t ino);  /* known, or something is kept here under it */
	bool (*open)(void *ctx, uint64_t ino);  /* false: what is still held of it is gone on with by nobody */
	/* nameless: adds the numbers under which something is kept that has no name. ERR_NOMEM. */
	err_t (*nameless)(void *ctx, struct u64s *ret);
	/* keep: before it is applied: what of it is needed on is to go into the delivery's batch; what it fails with
	 * the delivery does. tell: once it is. */
	err_t (*keep)(void *ctx, const struct work_change *list, size_t n, struct batch *b);
	void (*tell)(void *ctx, const struct work_change *list, size_t n);
	void *ctx;
};

/* What was shown and what is. */
struct work_step {
	const struct context *before, *after;
	const struct tree_naming *was_naming, *naming; /* before, and after */
	const struct work_told *told;
};
