/* SPDX-License-Identifier: MIT */
#include "fs/data/usage.h"

#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/data/extent_source.h"

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

static err_t count_groups(struct fs *fs, const struct inode *in, struct usage *u)
{
	struct rkey k = key_extents(in->content, 0);
	struct span prefix = { k.b, k.len - sizeof(uint32_t) };
	return map_scan(fs->cfg.map, MAP_RECORDS, prefix, rkey_span(&k), count_group, u);
}

/* count_windows: the same in format 2, where windows may be a parent's. */
static err_t count_windows(struct fs *fs, const struct inode *in, struct usage *u)
{
	struct extent_source s = extent_source_of(fs, NULL, in);
	cleanup_free uint32_t *list = NULL;
	size_t n = 0;
	err_t e = extent_source_groups(&s, (struct group_range){ 0, UINT32_MAX, COUNTED_GROUPS + 1 }, &list, &n);
	for (size_t k = 0; !e && k < MIN(n, COUNTED_GROUPS); k++) {
		size_t extents = 0;
		e = extent_source_group(&s, list[k], u->extents, EXTENTS_MAX, &extents);
		for (size_t i = 0; !e && i < extents; i++)
			u->bytes += u->extents[i].len;
		u->end = ((uint64_t)list[k] + 1) * EXTENT_GROUP_SIZE;
	}
	u->groups = (unsigned)n;
	return e;
}

uint64_t usage_of(struct fs *fs, const struct inode *in)
{
	if (in->size <= COUNT_OVER)
		return in->size;
	cleanup_free struct usage *u = calloc(1, sizeof(*u));
	if (!u)
		return in->size;
	err_t e = fs->cfg.format == VAULT_FORMAT_2 ? count_windows(fs, in, u) : count_groups(fs, in, u);
	if (e)
		return in->size;
	if (u->groups > COUNTED_GROUPS && u->end < in->size) /* capped: the rest in proportion */
		u->bytes = (uint64_t)((double)u->bytes * ((double)in->size / (double)u->end));
	return MIN(u->bytes + in->inline_data.len + usage_buffered(fs, in->ino), in->size);
}
