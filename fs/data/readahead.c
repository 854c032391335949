/* SPDX-License-Identifier: MIT */
#include "fs/data/readahead.h"

#include "fs/core/fs_state.h"
#include "fs/data/extent_list.h"
#include "fs/data/extent_source.h"

#include <string.h>

#define AHEAD_FIRST 2u
#define AHEAD_MAX 128u /* blocks: 16 MiB, what 20 ms of round trip need at 800 MB/s */

struct missing {
	struct id ids[2 * AHEAD_MAX];
	size_t n;
};
struct range {
	uint64_t off, end;
};

int readahead_open(struct read_pattern *p)
{
	p->blocks = AHEAD_FIRST;
	return pthread_mutex_init(&p->lock, NULL);
}

void readahead_close(struct read_pattern *p)
{
	pthread_mutex_destroy(&p->lock);
}

static void add(struct missing *s, struct map *m, struct id id)
{
	if (s->n < ARRAY_LEN(s->ids) && map_has(m, MAP_BLOCK, id_span(&id)) == ERR_NOTFOUND)
		s->ids[s->n++] = id;
}

/* add_group: the missing blocks of the range that are in one group. */
static void add_group(struct missing *s, struct extent_source *from, uint32_t no, const struct range *r)
{
	cleanup_free struct extent *list = malloc(EXTENTS_MAX * sizeof(*list));
	size_t n = 0;
	if (!list || extent_source_group(from, no, list, EXTENTS_MAX, &n))
		return; /* only a hint: the read itself will say what is wrong */
	for (size_t i = extent_list_find(list, n, r->off); i < n && list[i].off < r->end; i++)
		add(s, from->fs->cfg.map, list[i].block);
}

/* list_missing: of the range. */
static void list_missing(struct file *f, struct range r, struct missing *s)
{
	struct extent_source from;
	ns_guard_read(f->fs);
	{
		guard(&f->lock);
		if (!f->now.loaded || file_inline(f))
			return;
		r.end = MIN(r.end, f->now.size);
		from = extent_source_of_file(f);
	}
	for (uint64_t no = r.off / EXTENT_GROUP_SIZE; no * EXTENT_GROUP_SIZE < r.end; no++)
		add_group(s, &from, (uint32_t)no, &r);
}

/* fetch_range: how many blocks of the range are missing, and asked for now. */
static size_t fetch_range(struct file *f, struct range r)
{
	struct missing s;
	s.n = 0;
	list_missing(f, r, &s);
	if (s.n)
		fetch_ahead(f->fs->cfg.fetch, s.ids, s.n);
	return s.n;
}

static void begin_streak(struct read_pattern *p)
{
	p->streak = 0;
	p->blocks = AHEAD_FIRST;
	p->ahead_to = 0;
	p->missed = false;
}

/* step: after this read `ret` is to be fetched; false: nothing. */
static bool step(struct read_pattern *p, struct range read, bool missed, uint64_t limit, struct range *ret)
{
	guard(&p->lock);
	if (read.off != p->next_off)
		begin_streak(p);
	p->streak++;
	p->missed |= missed;
	p->next_off = read.end;
	uint64_t bytes = (uint64_t)p->blocks * BLOCK_SIZE;
	if (p->streak < 2 || !p->missed || p->ahead_to > p->next_off + bytes / 2)
		return false;
	*ret = (struct range){ MAX(p->ahead_to, p->next_off), p->next_off + bytes };
	p->ahead_to = ret->end;
	uint64_t most = MIN(AHEAD_MAX, limit / BLOCK_SIZE / 16); /* or eviction takes what is not read yet */
	p->blocks = (uint32_t)MAX(AHEAD_FIRST, MIN(2 * p->blocks, most));
	return true;
}

void readahead_next(struct read_pattern *p, struct file *f, uint64_t off, size_t len, bool missed)
{
	struct range ahead, read = { off, off + len };
	if (!f->fs->cfg.fetch || !step(p, read, missed, f->fs->cache_size.limit, &ahead))
		return;
	if (fetch_range(f, ahead))
		return;
	guard(&p->lock);
	if (!missed)
		p->missed = false; /* all of it is here: look again at the next non-resident block */
}
