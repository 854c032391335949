/* SPDX-License-Identifier: MIT
 * What eviction leaves alone: the blocks under pins, as a sorted list that is made anew when it grows old.
 */
#include "fs/data/contents.h"
#include "fs/residency/pin_fetcher.h"
#include "fs/residency/walk.h"
#include "util/clock.h"

#include <stdlib.h>
#include <string.h>

static int cmp_id(const void *a, const void *b)
{
	return memcmp(a, b, ID_LEN);
}

static int add_piece(void *ctx, const struct piece *p)
{
	struct buf *ids = ctx;
	if (ids->len >= ID_LEN && !memcmp(ids->p + ids->len - ID_LEN, p->block, ID_LEN))
		return 0;
	buf_put(ids, p->block, ID_LEN);
	return ids->failed ? ENOMEM : 0;
}

struct collect {
	struct fs *fs;
	struct buf *ids;
};

static int add_file(void *ctx, const struct walk_at *at)
{
	static const uint8_t none[ID_LEN];
	struct collect *c = ctx;
	if (!S_ISREG(at->in->mode) || !memcmp(at->in->content, none, ID_LEN))
		return 0;
	int err = pieces_walk(c->fs, at->in->content, pins_stop_flag(c->fs), add_piece, c->ids);
	return err == EIO ? 0 : err;
}

/* pinned_ids: blocks of all that lies under pins; sorted. */
static int pinned_ids(struct fs *fs, struct buf *ids)
{
	cleanup(buf_free) struct buf inos = BUF_INIT;
	struct collect c = { fs, ids };
	int err = errno_of(pins_list(fs, &inos));
	for (size_t i = 0; !err && i + 8 <= inos.len; i += 8) {
		uint64_t ino;
		memcpy(&ino, inos.p + i, sizeof(ino));
		err = tree_walk(fs, ino, pins_stop_flag(fs), add_file, &c);
	}
	if (!err && ids->len)
		qsort(ids->p, ids->len / ID_LEN, ID_LEN, cmp_id);
	return err;
}

void evict_pins_changed(struct fs *fs)
{
	fs->data->pins_stale = true;
}

static bool pinned_is_old(const struct data *d, int64_t now)
{
	return d->pins_stale || now >= d->pinned_until;
}

void evict_pinned_mend(struct fs *fs, int64_t now)
{
	struct data *d = fs->data;
	if (!d->pinned_used || !pinned_is_old(d, now))
		return;
	d->pinned_used = false;
	pins_nudge(fs);
}

int evict_pinned_fresh(struct fs *fs)
{
	struct data *d = fs->data;
	int64_t start = clock_mono();
	if (!pinned_is_old(d, start))
		return 0;
	d->pins_stale = false;
	buf_free(&d->pinned);
	int err = pinned_ids(fs, &d->pinned);
	int64_t now = clock_mono();
	d->pinned_until = err ? 0 : now + MIN(NS_PER_S + 10 * (now - start), 60 * NS_PER_S);
	return err;
}

bool evict_pinned_has(const struct data *d, const uint8_t id[ID_LEN])
{
	return d->pinned.len && bsearch(id, d->pinned.p, d->pinned.len / ID_LEN, ID_LEN, cmp_id);
}
