/* SPDX-License-Identifier: MIT */
#include "fs/data/usage.h"

#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/data/extent_source.h"

#define COUNT_OVER (1u << 20) /* smaller files are taken to be dense */
#define COUNTED_GROUPS 128

struct usage {
	uint64_t from, end;   /* the range */
	uint64_t bytes, seen; /* of it in extents; where the last group seen ends */
	unsigned groups;
	struct extent extents[EXTENTS_MAX];
};

uint64_t usage_buffered(struct fs *fs, uint64_t ino)
{
	struct node *n = node_find(fs, ino);
	if (!n)
		return 0;
	struct file *f = node_file_if(fs, n);
	uint64_t bytes = f && file_dirty(f) ? MAX(file_buffered(f), 512) : 0;
	node_unref(fs, n);
	return bytes;
}

static uint64_t overlap(const struct usage *u, uint64_t off, uint64_t len)
{
	uint64_t from = MAX(u->from, off), end = MIN(u->end, off + len);
	return end > from ? end - from : 0;
}

static err_t count_windows(struct fs *fs, const struct inode *in, struct usage *u)
{
	struct extent_source s = extent_source_of(fs, NULL, in);
	cleanup_free uint32_t *list = NULL;
	size_t n = 0;
	const struct group_range range = { (uint32_t)(u->from / EXTENT_GROUP_SIZE),
		                           (uint32_t)((u->end - 1) / EXTENT_GROUP_SIZE), COUNTED_GROUPS + 1 };
	err_t e = extent_source_groups(&s, range, &list, &n);
	for (size_t k = 0; !e && k < MIN(n, COUNTED_GROUPS); k++) {
		size_t extents = 0;
		e = extent_source_group(&s, list[k], u->extents, EXTENTS_MAX, &extents);
		for (size_t i = 0; !e && i < extents; i++)
			u->bytes += overlap(u, u->extents[i].off, u->extents[i].len);
		u->seen = ((uint64_t)list[k] + 1) * EXTENT_GROUP_SIZE;
	}
	u->groups = (unsigned)n;
	return e;
}

uint64_t usage_in(struct fs *fs, const struct inode *in, uint64_t off, uint64_t len)
{
	uint64_t covered = off < in->size ? MIN(len, in->size - off) : 0;
	if (in->size <= COUNT_OVER || !covered)
		return covered;
	cleanup_free struct usage *u = calloc(1, sizeof(*u));
	if (!u)
		return covered;
	u->from = off;
	u->end = off + covered;
	if (count_windows(fs, in, u))
		return covered;
	if (u->groups > COUNTED_GROUPS && u->seen < u->end) /* capped: the rest in proportion */
		u->bytes = (uint64_t)((double)u->bytes * ((double)covered / (double)(u->seen - off)));
	return MIN(u->bytes + overlap(u, 0, in->inline_data.len) + usage_buffered(fs, in->ino), covered);
}

uint64_t usage_of(struct fs *fs, const struct inode *in)
{
	return usage_in(fs, in, 0, in->size);
}
