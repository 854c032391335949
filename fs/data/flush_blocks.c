/* SPDX-License-Identifier: MIT */
#include "fs/data/flush_blocks.h"

#include "fs/data/compact.h"
#include "fs/data/content.h"
#include "util/invariant.h"

/* first_of_block: no earlier range is in the same block. */
static bool first_of_block(const struct file *f, const struct pending *p)
{
	const struct pending *q = f->buffer.pending;
	while (q != p && q->off / BLOCK_SIZE != p->off / BLOCK_SIZE)
		q = q->next;
	return q == p;
}

/* In these `end` is the first range that is not to go yet; NULL: all go. */
static err_t insert_pending(struct file *f, struct extents *x, const struct pending *end)
{
	err_t e = ERR_OK;
	for (struct pending *p = f->buffer.pending; !e && p != end; p = p->next) {
		INVARIANT(p->off + p->len <= f->now.size); /* F4 */
		struct extent extent = { .off = p->off, .len = p->len };
		extent.block = p->id;
		e = extents_insert(x, &extent);
	}
	for (struct pending *p = f->buffer.pending; !e && p != end; p = p->next)
		if (first_of_block(f, p))
			e = compact_block(f, x, p->off / BLOCK_SIZE);
	return e;
}

err_t flush_blocks(struct file *f, struct change *t, struct id content, const struct pending *end)
{
	struct extents x = extents_begin(t, content);
	err_t e = insert_pending(f, &x, end);
	if (!e)
		e = extents_store(&x);
	for (struct pending *p = f->buffer.pending; !e && p != end; p = p->next)
		if (extents_use(&x, p->off, p->id))
			e = content_block(t, p->id, &p->block, &p->sealed);
	extents_free(&x);
	return e;
}
