/* SPDX-License-Identifier: MIT
 * Open files: opening, closing, writing, and fetching ahead of a sequential reader.
 */
#include "fs/data/contents.h"
#include "fs/data/read.h"
#include "fs/data/extents.h"

#include <fcntl.h>
#include <string.h>

#define AHEAD_FIRST 2u
#define AHEAD_MAX 128u /* blocks: 16 MiB, what 20 ms of round trip need at 800 MB/s */

int handle_new(struct fs *fs, struct node *n, int flags, struct fs_file **ret)
{
	struct fs_file *h = calloc(1, sizeof(*h));
	if (!h)
		return ENOMEM;
	ns_rdlock(fs);
	h->file = node_file(fs, n);
	ns_unlock(fs);
	if (!h->file || pthread_mutex_init(&h->lock, NULL)) {
		free(h);
		return ENOMEM;
	}
	h->fs = fs;
	h->node = n;
	h->flags = flags;
	h->refs = 1;
	h->window = AHEAD_FIRST;
	fs->data->open_files++;
	*ret = h;
	return 0;
}

static int open_check(struct fs *fs, uint64_t ino)
{
	cleanup(buf_free) struct buf hold = BUF_INIT;
	struct inode_rec in;
	ns_guard_read(fs);
	int e = inode_get(fs, ino, &in, &hold);
	if (e)
		return e;
	return S_ISREG(in.mode) ? 0 : S_ISDIR(in.mode) ? EISDIR : EINVAL;
}

static int open_truncate(struct fs *fs, struct fs_file *h)
{
	struct txn *t = change_begin(fs);
	return change_end(fs, t, !t ? ENOMEM : file_truncate(h->file, t, 0));
}

int fs_file_open(struct fs *fs, uint64_t ino, int flags, struct fs_file **ret)
{
	struct node *n = node_acquire(fs, ino);
	if (!n)
		return ENOMEM;
	struct fs_file *h;
	int e = open_check(fs, ino);
	if (!e)
		e = handle_new(fs, n, flags, &h);
	if (e) {
		node_release(fs, n);
		return e;
	}
	if ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY)
		e = open_truncate(fs, h);
	if (e)
		fs_file_close(fs, h);
	else
		*ret = h;
	return e;
}

void handle_hold(struct fs_file *h)
{
	h->refs++;
}

void handle_drop(struct fs_file *h)
{
	if (--h->refs)
		return;
	h->fs->data->open_files--;
	node_release(h->fs, h->node);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void fs_file_close(struct fs *fs, struct fs_file *h)
{
	(void)fs;
	handle_drop(h);
}

uint64_t fs_ino_of(const struct fs_file *h)
{
	return h->file->ino;
}

int fs_write(struct fs *fs, const struct fs_caller *who, struct fs_file *h, uint64_t off, const void *p, size_t n,
             unsigned how)
{
	(void)who;
	if ((h->flags & O_ACCMODE) == O_RDONLY)
		return EBADF;
	if (map_pressure(fs->cfg.map))
		return EAGAIN;
	if (map_room(fs->cfg.map, fs->data->bytes + n))
		return ENOSPC; /* better now than when the buffers are flushed, after the write was said to be done */
	unsigned flags = (h->flags & O_APPEND ? FILE_APPEND : 0) | (how & FS_WRITE_KILL_SUID ? FILE_KILL_SUID : 0) |
	                 (how & FS_WRITE_NOWAIT ? FILE_NOWAIT : 0);
	return file_write(h->file, off, p, n, flags);
}

/* --- ahead of a reader --- */
struct ids {
	uint8_t (*v)[ID_LEN];
	size_t n, cap;
};

static void ids_add(struct ids *s, struct map *m, const uint8_t id[ID_LEN])
{
	if (s->n < s->cap && map_has(m, MAP_BLOCK, SPAN(id, ID_LEN)) == ERR_NOTFOUND)
		memcpy(s->v[s->n++], id, ID_LEN);
}

static void cold_in_window(struct map *m, const uint8_t content[ID_LEN], uint32_t no, uint64_t off, uint64_t end,
                           struct piece *list, struct ids *s)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_extents(content, no);
	size_t n = 0;
	err_t e = map_get(m, MAP_RECORDS, rkey_span(&k), &b);
	if (e || extents_decode(buf_span(&b), no, list, PIECES_MAX, &n))
		return; /* only a hint: the read itself will say what is wrong */
	for (size_t i = pieces_find(list, n, off); i < n && list[i].off < end; i++)
		ids_add(s, m, list[i].block);
}

static size_t fetch_range(struct file *f, uint64_t off, uint64_t end)
{
	uint8_t ids[2 * AHEAD_MAX][ID_LEN], content[ID_LEN];
	struct ids s = { ids, 0, ARRAY_LEN(ids) };
	cleanup_free struct piece *list = malloc(PIECES_MAX * sizeof(*list));
	{
		guard(&f->lock);
		if (!list || !f->loaded || file_inline(f))
			return 0;
		end = MIN(end, f->size);
		memcpy(content, f->content, ID_LEN);
	}
	for (uint64_t no = off / WINDOW_SIZE; no * WINDOW_SIZE < end; no++)
		cold_in_window(f->fs->cfg.map, content, (uint32_t)no, off, end, list, &s);
	if (s.n)
		fetch_ahead(f->fs->cfg.fetch, (const uint8_t(*)[ID_LEN])ids, s.n);
	return s.n;
}

/* handle_step: what is to be fetched after this read: [*from, *to), empty mostly. */
static bool handle_step(struct fs_file *h, uint64_t off, size_t len, bool cold, uint64_t *from, uint64_t *to)
{
	guard(&h->lock);
	if (off != h->next_off) {
		h->streak = 0;
		h->window = AHEAD_FIRST;
		h->ahead_to = 0;
		h->cold = false;
	}
	h->streak++;
	h->cold |= cold;
	h->next_off = off + len;
	uint64_t want = h->next_off + (uint64_t)h->window * BLOCK_SIZE;
	if (h->streak < 2 || !h->cold || h->ahead_to > h->next_off + (uint64_t)h->window * BLOCK_SIZE / 2)
		return false;
	*from = MAX(h->ahead_to, h->next_off);
	*to = want;
	h->ahead_to = want;
	uint64_t most =
	        MIN(AHEAD_MAX, h->fs->data->limit / BLOCK_SIZE / 16); /* or eviction takes what is not read yet */
	h->window = (uint32_t)MAX(AHEAD_FIRST, MIN(2 * h->window, most));
	return true;
}

void handle_ahead(struct fs_file *h, uint64_t off, size_t len, bool cold)
{
	uint64_t from, to;
	if (!h->fs->cfg.fetch || !handle_step(h, off, len, cold, &from, &to))
		return;
	if (fetch_range(h->file, from, to))
		return;
	guard(&h->lock);
	if (!cold)
		h->cold = false; /* all of it is here: look again at the next cold block */
}
