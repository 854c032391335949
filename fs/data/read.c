/* SPDX-License-Identifier: MIT
 * Reads. A plan is made under the locks: bytes in memory are copied at once, the rest becomes parts, each some bytes of
 * one block. Parts are then read without a lock; cold ones wait for the store and the last one answers.
 *
 * A block may go while it is read: evicted (it becomes cold) or no longer used by the file (the plan is made anew: the
 * file's generation has changed).
 */
#include "fs/data/contents.h"
#include "fs/data/read.h"
#include "fs/data/extents.h"

#include "util/log.h"
#include "vault/objects/object.h"

#include <fcntl.h>
#include <string.h>

#define PLANS_MAX 16u

struct part {
	struct reading *r;
	uint32_t at, len, block_off; /* `len` bytes of the block at block_off go to r->p + at */
	uint8_t block[ID_LEN];
};
struct reading {
	struct reading *next, **link; /* data's lock, as `left`, `ready`, `answered`, `waited` */
	struct fs *fs;
	struct node *node;
	struct file *f;
	uint64_t off, generation, ticket;
	size_t len, got;
	uint8_t *p, key[32];
	struct part *parts;
	size_t nparts, parts_cap;
	unsigned plans, left; /* left: parts under way, and one for whoever looks at the reading */
	bool ready;           /* the parts stand: not while a plan is made */
	bool answered, waited;
	_Atomic int error;
	fs_read_done done;
	void *ctx;
};

static void reading_free(struct reading *r)
{
	if (r->node)
		node_release(r->fs, r->node);
	crypto_wipe(r->key, sizeof(r->key));
	free(r->parts);
	free(r->p);
	free(r);
}

/* --- the plan --- */
static int part_add(struct reading *r, const struct piece *p)
{
	if (r->nparts == r->parts_cap) {
		size_t cap = r->parts_cap ? 2 * r->parts_cap : 8;
		struct part *v = realloc(r->parts, cap * sizeof(*v));
		if (!v)
			return ENOMEM;
		r->parts = v;
		r->parts_cap = cap;
	}
	struct part *n = &r->parts[r->nparts++];
	*n = (struct part){ r, (uint32_t)(p->off - r->off), p->len, p->block_off, { 0 } };
	memcpy(n->block, p->block, ID_LEN);
	return 0;
}

/* clip: of [off, off + n) what is inside the read; false: nothing. */
static bool clip(const struct reading *r, uint64_t off, uint64_t n, uint64_t *lo, uint64_t *hi)
{
	*lo = MAX(off, r->off);
	*hi = MIN(off + n, r->off + r->got);
	return *lo < *hi;
}

/* each_in_memory: ranges of pending and dirty bytes, oldest first: copied, or (list) cut out of the pieces. */
static bool take_memory(struct file *f, struct reading *r, struct piece *list, size_t *n, size_t cap)
{
	uint64_t lo, hi;
	for (const struct pending *p = f->pending; p; p = p->next) {
		if (!clip(r, p->off, p->len, &lo, &hi))
			continue;
		memcpy(r->p + (lo - r->off), p->plain + (lo - p->off), hi - lo);
		if (!pieces_cut(list, n, cap, lo, hi - lo))
			return false;
	}
	for (size_t i = 0; i < f->ndirty; i++) {
		uint64_t off = f->dirty[i].block * BLOCK_SIZE + f->dirty[i].from;
		if (!clip(r, off, f->dirty[i].to - f->dirty[i].from, &lo, &hi))
			continue;
		memcpy(r->p + (lo - r->off), f->dirty[i].p + (lo - off), hi - lo);
		if (!pieces_cut(list, n, cap, lo, hi - lo))
			return false;
	}
	return true;
}

/* load_pieces: the pieces of all windows of the read, clipped to it. */
static err_t load_pieces(struct file *f, struct reading *r, struct piece *list, size_t cap, size_t *ret)
{
	uint64_t end = r->off + r->got;
	size_t n = 0;
	for (uint64_t no = r->off / WINDOW_SIZE; no * WINDOW_SIZE < end; no++) {
		cleanup(buf_free) struct buf b = BUF_INIT;
		struct rkey k = key_extents(f->content, (uint32_t)no);
		size_t more = 0;
		err_t e = map_get(f->fs->cfg.map, MAP_RECORDS, rkey_span(&k), &b);
		if (!e)
			e = extents_decode(buf_span(&b), (uint32_t)no, list + n, cap - n, &more);
		if (e && e != ERR_NOTFOUND)
			return damage_check(f->fs, e, f->ino, NULL, "the list of its blocks");
		n += more;
	}
	bool ok = pieces_cut(list, &n, cap, 0, r->off) && pieces_cut(list, &n, cap, end, UINT64_MAX);
	*ret = n;
	return ok ? ERR_OK : ERR_LIMIT;
}

static int plan_blocks(struct file *f, struct reading *r)
{
	size_t windows = (size_t)((r->off + r->got - 1) / WINDOW_SIZE - r->off / WINDOW_SIZE + 1);
	size_t cap = (windows + 1) * PIECES_MAX + f->npending + f->ndirty, n = 0;
	cleanup_free struct piece *list = malloc(cap * sizeof(*list));
	if (!list)
		return ENOMEM;
	err_t e = load_pieces(f, r, list, cap, &n);
	if (e)
		return errno_of(e);
	if (!take_memory(f, r, list, &n, cap))
		return EIO;
	int err = 0;
	for (size_t i = 0; !err && i < n; i++)
		err = part_add(r, &list[i]);
	return err;
}

static int plan_locked(struct file *f, struct reading *r)
{
	int e = file_load(f);
	if (e)
		return e;
	r->generation = f->generation;
	r->nparts = 0;
	r->got = r->off >= f->size ? 0 : (size_t)MIN(r->len, f->size - r->off);
	if (!r->got)
		return 0;
	if (r->plans)
		memset(r->p, 0, r->got);
	memcpy(r->key, f->key, sizeof(r->key));
	if (!file_inline(f))
		return plan_blocks(f, r);
	if (r->off < f->inl_len)
		memcpy(r->p, f->inl + r->off, MIN(r->got, f->inl_len - r->off));
	return 0;
}

static int plan(struct reading *r)
{
	ns_guard_read(r->fs);
	guard(&r->f->lock);
	return plan_locked(r->f, r);
}

/* --- damage --- */
static void report(struct reading *r, const uint8_t block[ID_LEN], const struct block_rec *rec)
{
	char object[OBJECT_NAME] = "", hex[OBJECT_NAME], what[OBJECT_NAME + 16];
	name_id(block, hex);
	snprintf(what, sizeof(what), "block %s", hex);
	if (rec)
		name_id(rec->segment, object);
	damage_note(r->fs, r->f->ino, object, what);
}

static err_t stored_at(struct fs *fs, const uint8_t block[ID_LEN], struct block_rec *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct rkey k = key_id(REC_BLOCK, block);
	err_t e = map_get(fs->cfg.map, MAP_RECORDS, rkey_span(&k), &b);
	return e ? e : block_rec_decode(buf_span(&b), ret);
}

/* on_store: the store has the block: this device's copy may go. */
static bool on_store(struct fs *fs, const uint8_t block[ID_LEN])
{
	struct rkey b = key_queue(QUEUE_BLOCK, block), h = key_queue(QUEUE_HELD, block), k = key_id(REC_BLOCK, block);
	struct map *m = fs->cfg.map;
	return map_has(m, MAP_RECORDS, rkey_span(&k)) == ERR_OK &&
	       map_has(m, MAP_QUEUE, rkey_span(&b)) == ERR_NOTFOUND &&
	       map_has(m, MAP_QUEUE, rkey_span(&h)) == ERR_NOTFOUND;
}

static void drop_local(struct fs *fs, const uint8_t block[ID_LEN])
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return;
	batch_del(b, MAP_BLOCK, SPAN(block, ID_LEN));
	err_t e = map_apply(fs->cfg.map, b);
	if (e)
		log_warn(AREA_FS, "dropping a damaged cached block: %s", err_text(e));
}

/* --- parts --- */
/* stale: the plan is older than the file's records. A change shows in the map a moment before in the generation, so the
 * operation that is under way is waited for. */
static bool stale(const struct reading *r)
{
	ns_guard_read(r->fs);
	return r->f->generation != r->generation && r->plans < PLANS_MAX;
}

/* part_local: 0, an errno, or -1: cold. */
static int part_local(struct part *p)
{
	struct reading *r = p->r;
	err_t e = block_read(r->fs, r->key, p->block, p->block_off, p->len, r->p + p->at);
	if (!e) {
		evict_touch(r->fs, p->block);
		return 0;
	}
	if (e == ERR_NOTFOUND)
		return -1;
	if (e != ERR_DAMAGED)
		return errno_of(e);
	if (stale(r))
		return EIO;
	if (on_store(r->fs, p->block)) {
		log_warn(AREA_FS, LOG_INO ": a cached block is damaged: fetching it again", r->f->ino);
		drop_local(r->fs, p->block);
		return -1;
	}
	struct block_rec rec;
	report(r, p->block, stored_at(r->fs, p->block, &rec) ? NULL : &rec);
	return EIO;
}

static bool reading_drop(struct reading *r);

static void part_fetched(void *ctx, err_t e, struct span sealed, const struct block_rec *rec)
{
	struct part *p = ctx;
	struct reading *r = p->r;
	if (!e) {
		e = p->block_off > rec->length || p->len > rec->length - p->block_off
		            ? ERR_DAMAGED
		            : block_open(r->fs->cfg.ring, r->key, p->block, rec->epoch, sealed, rec->length,
		                         p->block_off, p->len, r->p + p->at);
		evict_touch(r->fs, p->block);
	}
	if (e)
		r->error = e == ERR_NOTFOUND ? EIO : errno_of(e);
	if ((e == ERR_DAMAGED || e == ERR_NOTFOUND) && !stale(r)) {
		struct block_rec found;
		if (!rec && !stored_at(r->fs, p->block, &found))
			rec = &found;
		report(r, p->block, rec);
	}
	reading_drop(r);
}

/* run_parts: with one hold on the reading, which it gives up. True: it is answered and gone. */
static bool run_parts(struct reading *r)
{
	struct data *d = r->fs->data;
	for (size_t i = 0; i < r->nparts && !r->error; i++) {
		struct part *p = &r->parts[i];
		int e = part_local(p);
		if (e > 0)
			r->error = e;
		if (e >= 0)
			continue;
		if (!r->fs->cfg.fetch) {
			r->error = EIO;
			break;
		}
		{
			guard(&d->lock);
			r->left++;
			r->waited = true;
		}
		fetch_block(r->fs->cfg.fetch, p->block, part_fetched, p);
	}
	return reading_drop(r);
}

static void unlink_reading(struct data *d, struct reading *r)
{
	*r->link = r->next;
	if (r->next)
		r->next->link = r->link;
	r->link = NULL;
	d->nreads--;
	pthread_cond_broadcast(&d->wake);
}

/* plan_anew: after an error of a plan that the file has outlived. */
static bool plan_anew(struct reading *r)
{
	struct data *d = r->fs->data;
	if (!r->error || !stale(r))
		return false;
	{
		guard(&d->lock);
		if (r->answered || d->stop)
			return false;
		r->left = 1;
		r->ready = false;
	}
	r->plans++;
	r->error = plan(r);
	guard(&d->lock);
	r->ready = true;
	return true;
}

/* finish: nobody works on the reading any more. */
static bool finish(struct reading *r)
{
	struct data *d = r->fs->data;
	bool answer;
	if (plan_anew(r))
		return run_parts(r);
	{
		guard(&d->lock);
		answer = !r->answered;
		r->answered = true;
	}
	if (answer)
		r->done(r->ctx, r->error, r->error ? NULL : r->p, r->error ? 0 : r->got);
	node_release(r->fs, steal_ptr(r->node));
	{
		guard(&d->lock);
		unlink_reading(d, r);
	}
	reading_free(r);
	return true;
}

static bool reading_drop(struct reading *r)
{
	bool last;
	{
		guard(&r->fs->data->lock);
		last = --r->left == 0;
	}
	return last && finish(r);
}

static struct reading *reading_new(struct fs *fs, struct fs_file *h, uint64_t off, size_t len)
{
	struct reading *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->fs = fs;
	r->f = h->file;
	r->off = off;
	r->len = len;
	r->left = 1;
	r->p = calloc(1, len ? len : 1); /* untouched: takes no memory until bytes come */
	r->node = node_acquire(fs, h->file->ino);
	if (!r->p || !r->node) {
		reading_free(r);
		return NULL;
	}
	return r;
}

/* enter: into the list; 0 when closing. There is no limit: the kernel has one, and a reader must never get EAGAIN. What
 * waits for the store costs little more than its buffer. */
static uint64_t enter(struct data *d, struct reading *r)
{
	guard(&d->lock);
	if (d->stop)
		return 0;
	r->ticket = ++d->next_ticket;
	r->next = d->reads;
	r->link = &d->reads;
	if (r->next)
		r->next->link = &r->next;
	d->reads = r;
	d->nreads++;
	return r->ticket;
}

uint64_t fs_read(struct fs *fs, struct fs_file *h, uint64_t off, size_t len, fs_read_done done, void *ctx)
{
	if ((h->flags & O_ACCMODE) == O_WRONLY) {
		done(ctx, EBADF, NULL, 0);
		return 0;
	}
	struct reading *r = reading_new(fs, h, off, len);
	if (!r) {
		done(ctx, ENOMEM, NULL, 0);
		return 0;
	}
	r->done = done;
	r->ctx = ctx;
	uint64_t ticket = enter(fs->data, r);
	if (!ticket) {
		reading_free(r);
		done(ctx, EIO, NULL, 0);
		return 0;
	}
	handle_hold(h); /* the answer may come, and the handle be closed, before this call ends */
	r->error = plan(r);
	{
		guard(&fs->data->lock);
		r->ready = true;
		r->left++; /* a hold of this call's own, to see whether a cold block was met */
	}
	run_parts(r);
	bool cold;
	{
		guard(&fs->data->lock);
		cold = r->waited;
	}
	handle_ahead(h, off, len, cold);
	bool answered = reading_drop(r);
	handle_drop(h);
	return answered ? 0 : ticket;
}

/* claim: the reading of that ticket (0: any) that is not answered yet: held, and to be answered by the caller. */
static struct reading *claim(struct data *d, uint64_t ticket, bool *ret_ready)
{
	guard(&d->lock);
	for (struct reading *r = d->reads; r; r = r->next)
		if (!r->answered && r->left && (!ticket || r->ticket == ticket)) {
			r->answered = true;
			r->left++;
			*ret_ready = r->ready;
			return r;
		}
	return NULL;
}

/* call_off: an answer now; the parts that wait for the store are forgotten. */
static bool call_off(struct fs *fs, uint64_t ticket, int error)
{
	bool ready;
	struct reading *r = claim(fs->data, ticket, &ready);
	if (!r)
		return false;
	r->done(r->ctx, error, NULL, 0);
	for (size_t i = 0; ready && fs->cfg.fetch && i < r->nparts; i++)
		if (fetch_forget(fs->cfg.fetch, &r->parts[i]))
			reading_drop(r);
	reading_drop(r);
	return true;
}

void fs_read_cancel(struct fs *fs, uint64_t ticket)
{
	if (ticket)
		call_off(fs, ticket, EINTR);
}

void fs_reads_stop(struct fs *fs)
{
	while (call_off(fs, 0, EIO))
		;
	struct data *d = fs->data;
	guard(&d->lock);
	while (d->nreads)
		pthread_cond_wait(&d->wake, &d->lock);
}
