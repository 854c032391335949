/* SPDX-License-Identifier: MIT */
#include "fs/data/usage.h"

#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"

#define COUNT_OVER (1u << 20) /* smaller files are taken to be dense */
#define COUNTED_GROUPS 128

struct usage {
	uint64_t bytes, end; /* in extents; where the last group seen ends */
	unsigned groups;
	struct extent extents[EXTENTS_MAX];
};

static int count_group(void *ctx, struct span key, struct span value)
{
	struct usage *u = ctx;
	struct id content;
	uint32_t group;
	size_t n;
	if (!value.p || !key_parse_extents(key, &content, &group))
		return (int)ERR_DAMAGED;
	err_t e = extents_decode(value, group, u->extents, EXTENTS_MAX, &n);
	if (e)
		return (int)e;
	if (u->groups++ == COUNTED_GROUPS)
		return MAP_STOP;
	for (size_t i = 0; i < n; i++)
		u->bytes += u->extents[i].len;
	u->end = ((uint64_t)group + 1) * EXTENT_GROUP_BLOCKS * BLOCK_SIZE;
	return 0;
}

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

uint64_t usage_of(struct fs *fs, const struct inode *in)
{
	if (in->size <= COUNT_OVER)
		return in->size;
	cleanup_free struct usage *u = calloc(1, sizeof(*u));
	if (!u)
		return in->size;
	struct rkey k = key_extents(in->content, 0);
	struct span prefix = { k.b, k.len - sizeof(uint32_t) };
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, prefix, rkey_span(&k), count_group, u);
	if (e)
		return in->size;
	if (u->groups > COUNTED_GROUPS && u->end < in->size) /* capped: the rest in proportion */
		u->bytes = (uint64_t)((double)u->bytes * ((double)in->size / (double)u->end));
	return MIN(u->bytes + in->inline_data.len + usage_buffered(fs, in->ino), in->size);
}
