/* SPDX-License-Identifier: MIT */
#include "fs/residency/pinned_set.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/pin_mark.h"
#include "fs/residency/walk.h"
#include "util/clock.h"

#include <string.h>
#include <sys/stat.h>

int pinned_set_open(struct fs *fs)
{
	fs->pinned_set = calloc(1, sizeof(*fs->pinned_set));
	if (!fs->pinned_set)
		return ENOMEM;
	fs->pinned_set->took = INT64_MAX; /* nobody knows yet */
	return 0;
}

void pinned_set_close(struct fs *fs)
{
	struct pinned_set *s = steal_ptr(fs->pinned_set);
	if (!s)
		return;
	buf_free(&s->ids);
	free(s);
}

#define QUICK (5 * NS_PER_MS)

static int cmp_id(const void *a, const void *b)
{
	return id_cmp(*(const struct id *)a, *(const struct id *)b);
}

static int add_extent(void *ctx, const struct extent *p)
{
	struct buf *ids = ctx;
	if (ids->len >= ID_LEN && id_eq(id_from(ids->p + ids->len - ID_LEN), p->block))
		return 0;
	buf_id(ids, p->block);
	return ids->failed ? ENOMEM : 0;
}

struct collect {
	struct fs *fs;
	struct buf *ids;
};

static int add_file(void *ctx, const struct walk_at *at)
{
	struct collect *c = ctx;
	if (!S_ISREG(at->in->mode) || !inode_has_contents(at->in))
		return 0;
	int err = extents_walk(c->fs, at->in, add_extent, c->ids);
	return err == EIO ? 0 : err;
}

/* pinned_ids: blocks of all that lies under pins; sorted. */
static int pinned_ids(struct fs *fs, struct buf *ids)
{
	cleanup(buf_free) struct buf inos = BUF_INIT;
	struct collect c = { fs, ids };
	int err = errno_of(pin_list(fs, &inos));
	for (size_t i = 0; !err && i + 8 <= inos.len; i += 8) {
		uint64_t ino;
		memcpy(&ino, inos.p + i, sizeof(ino));
		err = tree_walk(fs, ino, add_file, &c);
	}
	if (!err && ids->len)
		qsort(ids->p, ids->len / ID_LEN, ID_LEN, cmp_id);
	return err;
}

static bool too_old(const struct fs *fs, int64_t now)
{
	return fs->pins_stale || now >= fs->pinned_set->until;
}

void pinned_set_wake_fetcher(struct fs *fs, int64_t now)
{
	struct pinned_set *s = fs->pinned_set;
	if (!s->used || !too_old(fs, now))
		return;
	s->used = false;
	wake_ask(&fs->pins_wake);
}

bool pinned_set_is_quick(const struct fs *fs)
{
	return !too_old(fs, clock_mono()) || (!fs->pins_stale && fs->pinned_set->took < QUICK);
}

int pinned_set_refresh(struct fs *fs)
{
	struct pinned_set *s = fs->pinned_set;
	int64_t start = clock_mono();
	if (!too_old(fs, start))
		return 0;
	fs->pins_stale = false;
	buf_free(&s->ids);
	int err = pinned_ids(fs, &s->ids);
	int64_t now = clock_mono();
	s->took = now - start;
	s->until = err ? 0 : now + MIN(NS_PER_S + 10 * (now - start), 60 * NS_PER_S);
	return err;
}

bool pinned_set_has(const struct pinned_set *s, struct id id)
{
	return s->ids.len && bsearch(id.b, s->ids.p, s->ids.len / ID_LEN, ID_LEN, cmp_id);
}
