/* SPDX-License-Identifier: MIT
 * Reads.
 *
 * Terms
 *   plan      what a read has to do (data/read_plan.h): made under the locks, worked off without any.
 *   part      some bytes of one block. It is local (read here at once) or non-resident (the store is asked).
 *   reference one for each part that the store was asked for, and one for every function that looks at the read.
 *   stale     the plan is older than the file's records: its generation is not the file's.
 *
 * Invariants
 *   R1  `done` is called exactly once: by whoever turns `answered` on, under the lock.
 *   R2  Whoever drops the last reference, and nobody else, goes on with the read (finish) or frees it.
 *   R3  Parts are not changed while one of them may be looked at: a plan is made anew at zero references only, and
 * call_off, which looks at parts, does so only while `ready`. R4  An error of a stale plan is no answer: a block may go
 * while it is read, evicted (it is non-resident then) or no longer used by the file (the plan is made anew, PLANS_MAX
 * times at most).
 *
 *               fs_read                 unref, not the last
 *                  |                         +-----+
 *                  v       run_parts         |     v
 *              PLANNING ----------------->  WORKING  <--- the store's answer: part_fetched
 *                  ^                           |
 *                  | plan_anew: R4             | unref, the last
 *                  |                           v
 *                  +----------------------- FINISHED ---> answered (unless call_off was first), freed
 *
 *   PLANNING: !ready, one reference. WORKING: ready, one for each part under way. call_off (an interrupt, or closing)
 *   answers a read in any of them; its parts are taken back from the store, and the rest runs out unseen.
 */
#include "fs/data/read.h"

#include "fs/core/damage.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/node_table.h"
#include "fs/data/block_read.h"
#include "fs/data/handle.h"
#include "fs/data/read_plan.h"
#include "util/log.h"
#include "vault/objects/name.h"

#include <fcntl.h>
#include <string.h>

#define PLANS_MAX 16u

struct file_read {
	struct file_read *next, **link; /* lock of struct reads, as `refs`, `ready`, `answered`, `waited` */
	struct fs *fs;
	struct node *node;
	struct file *f;
	uint64_t ticket;
	struct read_plan plan;
	unsigned refs;
	bool ready;    /* the parts stand: not while a plan is made */
	bool answered; /* `done` was called, or is being called */
	bool waited;   /* the store was asked for a part */
	_Atomic int error;
	fs_read_done done;
	void *ctx;
};
struct reads {
	pthread_mutex_t lock; /* a leaf; all below */
	pthread_cond_t gone;  /* a read was freed */
	struct file_read *first;
	uint64_t next_ticket;
	unsigned n;
	bool stop; /* nobody may begin another */
};

int reads_open(struct fs *fs)
{
	struct reads *all = calloc(1, sizeof(*all));
	if (!all)
		return ENOMEM;
	if (pthread_mutex_init(&all->lock, NULL) || pthread_cond_init(&all->gone, NULL)) {
		free(all);
		return ENOMEM;
	}
	fs->reads = all;
	return 0;
}

void reads_close(struct fs *fs)
{
	if (!fs->reads)
		return;
	fs_reads_stop(fs);
	struct reads *all = steal_ptr(fs->reads);
	pthread_cond_destroy(&all->gone);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

unsigned reads_count(struct fs *fs)
{
	guard(&fs->reads->lock);
	return fs->reads->n;
}

static void free_read(struct file_read *r)
{
	if (r->node)
		node_release(r->fs, r->node);
	read_plan_free(&r->plan);
	free(r);
}

/* --- damage --- */
static void report(const struct read_part *p, const struct block_rec *rec)
{
	struct file_read *r = p->owner;
	char object[OBJECT_NAME] = "";
	if (rec)
		name_id(rec->segment, object);
	damage_block(r->fs, &(struct damage_place){ r->f->ino, r->plan.off + p->at }, object, p->block);
}

static err_t stored_at(struct fs *fs, struct id block, struct block_rec *ret)
{
	return block_segment(fs, block, &ret->segment);
}

/* on_store: the store has the block: this device's copy may go. */
static bool on_store(struct fs *fs, struct id block)
{
	struct rkey b = key_queue(QUEUE_BLOCK, block), h = key_queue(QUEUE_UPLOAD_PINNED, block),
	            k = key_id(REC_PLACED, block);
	struct map *m = fs->cfg.map;
	return map_has(m, MAP_RECORDS, rkey_span(&k)) == ERR_OK &&
	       map_has(m, MAP_QUEUE, rkey_span(&b)) == ERR_NOTFOUND &&
	       map_has(m, MAP_QUEUE, rkey_span(&h)) == ERR_NOTFOUND;
}

static void drop_local(struct fs *fs, struct id block)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return;
	batch_del(b, MAP_BLOCK, id_span(&block));
	err_t e = map_apply(fs->cfg.map, b);
	if (e)
		log_warn(AREA_FS, "dropping a damaged cached block: %s", err_text(e));
}

/* --- parts --- */
/* stale: the plan is older than the file's records. A change shows in the map a moment before in the generation, so the
 * operation that is under way is waited for. */
static bool stale(const struct file_read *r)
{
	ns_guard_read(r->fs);
	return r->f->generation != r->plan.generation && r->plan.made <= PLANS_MAX;
}

enum part_state { PART_DONE, PART_NONRESIDENT, PART_FAILED };

/* part_local: PART_FAILED sets the read's error. */
static enum part_state part_local(struct read_part *p)
{
	struct file_read *r = p->owner;
	err_t e = block_read(r->fs, r->plan.key, p->block, p->block_off, p->len, r->plan.p + p->at);
	if (!e) {
		recency_touch(r->fs, p->block);
		damage_block_over(r->fs, p->block);
		return PART_DONE;
	}
	if (e == ERR_NOTFOUND)
		return PART_NONRESIDENT;
	bool damaged = e == ERR_DAMAGED && !stale(r);
	if (damaged && on_store(r->fs, p->block)) {
		log_warn(AREA_FS, LOG_INO ": a cached block is damaged: fetching it again", r->f->ino);
		drop_local(r->fs, p->block);
		return PART_NONRESIDENT;
	}
	struct block_rec rec;
	if (damaged)
		report(p, stored_at(r->fs, p->block, &rec) ? NULL : &rec);
	r->error = errno_of(e);
	return PART_FAILED;
}

static bool unref_read(struct file_read *r);

static err_t open_fetched(struct read_part *p, struct span sealed, const struct block_rec *rec)
{
	struct file_read *r = p->owner;
	uint8_t *out = r->plan.p + p->at;
	if (p->block_off > rec->length || p->len > rec->length - p->block_off)
		return ERR_DAMAGED;
	return block_read_open(r->fs, r->plan.key, rec->epoch, sealed,
	                       &(struct block_part){ p->block_off, p->len, out });
}

static void part_fetched(void *ctx, err_t e, struct span sealed, const struct block_rec *rec)
{
	struct read_part *p = ctx;
	struct file_read *r = p->owner;
	if (!e) {
		e = open_fetched(p, sealed, rec);
		recency_touch(r->fs, p->block);
		if (!e)
			damage_block_over(r->fs, p->block);
	}
	if (e)
		r->error = e == ERR_NOTFOUND ? EIO : errno_of(e);
	if ((e == ERR_DAMAGED || e == ERR_NOTFOUND) && !stale(r)) {
		struct block_rec found;
		if (!rec && !stored_at(r->fs, p->block, &found))
			rec = &found;
		report(p, rec);
	}
	unref_read(r);
}

/* fetch_part: asks the store for it. */
static void fetch_part(struct read_part *p)
{
	struct file_read *r = p->owner;
	if (!r->fs->cfg.fetch) {
		r->error = EIO;
		return;
	}
	{
		guard(&r->fs->reads->lock);
		r->refs++;
		r->waited = true;
	}
	fetch_block(r->fs->cfg.fetch, p->block, part_fetched, p);
}

/* run_parts: with a reference, which it gives up. True: the read is answered and gone. */
static bool run_parts(struct file_read *r)
{
	for (size_t i = 0; i < r->plan.nparts && !r->error; i++) {
		struct read_part *p = &r->plan.parts[i];
		p->owner = r;
		if (part_local(p) == PART_NONRESIDENT)
			fetch_part(p);
	}
	return unref_read(r);
}

static void unlink_read(struct reads *all, struct file_read *r)
{
	*r->link = r->next;
	if (r->next)
		r->next->link = r->link;
	r->link = NULL;
	all->n--;
	pthread_cond_broadcast(&all->gone);
}

/* plan_anew: after an error of a plan that the file has outlived. */
static bool plan_anew(struct file_read *r)
{
	struct reads *all = r->fs->reads;
	if (!r->error || !stale(r))
		return false;
	{
		guard(&all->lock);
		if (r->answered || all->stop)
			return false;
		r->refs = 1;
		r->ready = false;
	}
	r->error = read_plan_make(&r->plan, r->f);
	guard(&all->lock);
	r->ready = true;
	return true;
}

/* finish: nobody works on the read any more. */
static bool finish(struct file_read *r)
{
	struct reads *all = r->fs->reads;
	bool answer;
	if (plan_anew(r))
		return run_parts(r);
	{
		guard(&all->lock);
		answer = !r->answered;
		r->answered = true;
	}
	if (answer)
		r->done(r->ctx, r->error, r->error ? NULL : r->plan.p, r->error ? 0 : r->plan.got);
	node_release(r->fs, steal_ptr(r->node));
	{
		guard(&all->lock);
		unlink_read(all, r);
	}
	free_read(r);
	return true;
}

static bool unref_read(struct file_read *r)
{
	bool last;
	{
		guard(&r->fs->reads->lock);
		last = --r->refs == 0;
	}
	return last && finish(r);
}

static struct file_read *new_read(struct fs *fs, struct fs_file *h, uint64_t off, size_t len)
{
	struct file_read *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->fs = fs;
	r->f = h->file;
	r->plan.off = off;
	r->plan.len = len;
	r->refs = 1;
	r->plan.p = calloc(1, len ? len : 1); /* untouched: takes no memory until bytes come */
	r->node = node_acquire(fs, h->file->ino);
	if (!r->plan.p || !r->node) {
		free_read(r);
		return NULL;
	}
	return r;
}

/* enter: into the list; 0 when closing. There is no limit: the kernel has one, and a reader must never get EAGAIN. What
 * waits for the store costs little more than its buffer. */
static uint64_t enter(struct reads *all, struct file_read *r)
{
	guard(&all->lock);
	if (all->stop)
		return 0;
	r->ticket = ++all->next_ticket;
	r->next = all->first;
	r->link = &all->first;
	if (r->next)
		r->next->link = &r->next;
	all->first = r;
	all->n++;
	return r->ticket;
}

uint64_t fs_read(struct fs *fs, struct fs_file *h, uint64_t off, size_t len, fs_read_done done, void *ctx)
{
	if ((h->flags & O_ACCMODE) == O_WRONLY) {
		done(ctx, EBADF, NULL, 0);
		return 0;
	}
	struct file_read *r = new_read(fs, h, off, len);
	if (!r) {
		done(ctx, ENOMEM, NULL, 0);
		return 0;
	}
	r->done = done;
	r->ctx = ctx;
	uint64_t ticket = enter(fs->reads, r);
	if (!ticket) {
		free_read(r);
		done(ctx, EIO, NULL, 0);
		return 0;
	}
	handle_ref(h); /* the answer may come, and the handle be closed, before this call ends */
	r->error = read_plan_make(&r->plan, r->f);
	{
		guard(&fs->reads->lock);
		r->ready = true;
		r->refs++; /* of this call's own, to see whether a non-resident block was met */
	}
	run_parts(r);
	bool waited;
	{
		guard(&fs->reads->lock);
		waited = r->waited;
	}
	readahead_next(&h->pattern, h->file, off, len, waited);
	bool answered = unref_read(r);
	handle_unref(h);
	return answered ? 0 : ticket;
}

/* claim: the read of that ticket (0: any) that is not answered yet: held, and to be answered by the caller. */
static struct file_read *claim(struct reads *all, uint64_t ticket, bool *ret_ready)
{
	guard(&all->lock);
	for (struct file_read *r = all->first; r; r = r->next)
		if (!r->answered && r->refs && (!ticket || r->ticket == ticket)) {
			r->answered = true;
			r->refs++;
			*ret_ready = r->ready;
			return r;
		}
	return NULL;
}

/* call_off: an answer now; the parts that wait for the store are forgotten. */
static bool call_off(struct fs *fs, uint64_t ticket, int error)
{
	bool ready;
	struct file_read *r = claim(fs->reads, ticket, &ready);
	if (!r)
		return false;
	r->done(r->ctx, error, NULL, 0);
	for (size_t i = 0; ready && fs->cfg.fetch && i < r->plan.nparts; i++)
		if (fetch_forget(fs->cfg.fetch, &r->plan.parts[i]))
			unref_read(r);
	unref_read(r);
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
	struct reads *all = fs->reads;
	guard(&all->lock);
	while (all->n)
		pthread_cond_wait(&all->gone, &all->lock);
}
