/* SPDX-License-Identifier: MIT
 * Writes and copy_file_range. One that finds the memtables full is copied and parked; a thread of the session tries the
 * parked ones again, in order, when there is room. While any is parked, later ones park behind it. A copy_file_range
 * that were refused instead would be made by the kernel with reads and writes, and so move all the data.
 *
 * Copies are bounded by PARKED_MAX. What comes at the bound is parked with the bytes in the hands of its thread of the
 * loop, which waits until it was its turn: a bound makes the writer wait, as a local disk does, and is no error. There
 * are THREADS_MAX such threads, so memory stays bounded; while all of them wait, every other request waits with them,
 * until the next memtable is in the base. Who waits holds no lock, and what makes room needs no request of the kernel.
 */
#include "fs/fuse/ops_write.h"

#include "fs/fuse/ops.h"
#include "fs/fuse/session.h"
#include "fs/fuse/stale.h"
#include "util/deadline.h"
#include "util/trace.h"

#include <string.h>

#define RETRY_MS 50 /* should a hint be lost */

struct parked {
	struct parked *next;
	fuse_req_t req;
	struct fs_file *file;
	struct fs_caller who;
	uint64_t off;
	size_t n;
	uint64_t operation;   /* the request, which another thread goes on with */
	bool kill, mapped;    /* mapped: stored through mmap, and written by the kernel of its own accord */
	struct fs_file *from; /* of a copy, which has no bytes; NULL: a write */
	uint64_t from_off;
	const void *bytes; /* a copy behind this, or the request's own while `waits` */
	bool waits;        /* its thread of the loop, whose stack this is on */
	bool over;         /* write_lock: then it may go */
	uint8_t copy[];
};

static size_t carried(const struct parked *p)
{
	return p->from ? 0 : p->n;
}

/* attempt: `done` gets the number of bytes. A copy never waits for non-resident blocks, whatever `how` says. */
static int attempt(struct session *s, const struct parked *p, unsigned how, size_t *done)
{
	if (p->from)
		return fs_copy_range(s->fs, (struct fs_at){ p->from, p->from_off }, (struct fs_at){ p->file, p->off },
		                     p->n, done);
	*done = p->n;
	TRACE(write_begin, fs_ino_of(p->file), p->off, p->n);
	int err = fs_write(s->fs, p->file, p->off, p->bytes, p->n, how | (p->kill ? FS_WRITE_KILL_SUID : 0));
	TRACE(write_end, fs_ino_of(p->file), err);
	return err;
}

static void reply(const struct parked *p, int err, size_t n)
{
	if (!err && p->mapped)
		stale_attr(p->req, fs_ino_of(p->file));
	if (err)
		fuse_reply_err(p->req, err);
	else
		fuse_reply_write(p->req, n);
}

/* charge: the bytes of `p` may be copied, or were. */
static bool charge(struct session *s, const struct parked *p)
{
	guard(&s->write_lock);
	if (s->parked_bytes + carried(p) > PARKED_MAX)
		return false;
	s->parked_bytes += carried(p);
	return true;
}

/* copy_of: NULL: it may not be copied now. */
static struct parked *copy_of(struct session *s, const struct parked *w)
{
	if (!charge(s, w))
		return NULL;
	struct parked *p = malloc(sizeof(*p) + carried(w));
	if (!p) {
		guard(&s->write_lock);
		s->parked_bytes -= carried(w);
		return NULL;
	}
	*p = *w;
	p->bytes = p->copy;
	if (carried(w))
		memcpy(p->copy, w->bytes, carried(w));
	return p;
}

/* park: behind all others. From then on the writer answers it. */
static void park(struct session *s, struct parked *w)
{
	w->operation = log_operation_number();
	struct parked *copy = copy_of(s, w), *p = copy ? copy : w;
	p->waits = !copy;
	guard(&s->write_lock);
	*s->parked_end = p;
	s->parked_end = &p->next;
	pthread_cond_signal(&s->write_wake);
	while (p == w && !w->over)
		pthread_cond_wait(&s->parked_over, &s->write_lock);
}

/* submit: `w` now, or parked. */
static void submit(struct session *s, struct parked *w)
{
	bool behind;
	size_t done = 0;
	{
		guard(&s->write_lock);
		behind = s->parked;
	}
	int err = behind ? EAGAIN : attempt(s, w, 0, &done);
	if (err == EAGAIN)
		park(s, w);
	else
		reply(w, err, done);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t n, off_t off, struct fuse_file_info *fi)
{
	begin_request("write", ino);
	struct parked w = { .req = req, .file = file_of(fi), .who = caller_of(req), .off = (uint64_t)off, .n = n };
	w.bytes = bytes;
	w.mapped = fi->writepage;
	if (!w.mapped)
		stale_changed(req, ino);
	/* The kernel clears set-id bits itself except for O_DIRECT; doing it again for anyone but root is right too. */
	w.kill = !fi->writepage && w.who.uid != 0;
	if (off < 0)
		fuse_reply_err(req, EINVAL);
	else
		submit(session_of(req), &w);
}

static void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in, struct fuse_file_info *fi_in,
                               fuse_ino_t ino_out, off_t off_out, struct fuse_file_info *fi_out, size_t len, int flags)
{
	begin_request("copy_file_range", ino_out);
	(void)ino_in;
	stale_changed(req, ino_out);
	struct parked c = { .req = req, .file = file_of(fi_out), .off = (uint64_t)off_out, .n = len };
	c.from = file_of(fi_in);
	c.from_off = (uint64_t)off_in;
	if (flags || off_in < 0 || off_out < 0)
		fuse_reply_err(req, EINVAL);
	else
		submit(session_of(req), &c);
}

static void on_room(void *ctx)
{
	struct session *s = ctx;
	guard(&s->write_lock);
	pthread_cond_signal(&s->write_wake);
}

void writer_parked(struct session *s, struct session_parked *ret)
{
	guard(&s->write_lock);
	*ret = (struct session_parked){ 0 };
	for (const struct parked *p = s->parked; p; p = p->next) {
		ret->requests++;
		ret->bytes += carried(p);
	}
}

/* retry: the first of the line, without the lock, also for the answer; only this thread takes any out. */
static bool retry(struct session *s, struct parked *p, bool stop)
{
	size_t copied = p->waits ? 0 : carried(p);
	s->parked_bytes -= copied; /* before the answer: the program may send the next one at once */
	pthread_mutex_unlock(&s->write_lock);
	log_operation_as(p->operation);
	size_t done = 0;
	int err = attempt(s, p, FS_WRITE_NOWAIT, &done);
	if (err == EAGAIN && stop)
		err = EIO;
	if (err != EAGAIN) /* still in the line: what comes now parks behind it, and its turn is next */
		reply(p, err, done);
	if (pthread_mutex_lock(&s->write_lock))
		abort();
	if (err == EAGAIN) {
		s->parked_bytes += copied;
		return false;
	}
	s->parked = p->next;
	if (!s->parked)
		s->parked_end = &s->parked;
	if (p->waits) {
		p->over = true;
		pthread_cond_broadcast(&s->parked_over);
	} else {
		free(p);
	}
	return true;
}

static void *writer(void *ctx)
{
	struct session *s = ctx;
	process_name_thread("parked-writes");
	guard(&s->write_lock);
	for (;;) {
		if (s->parked && retry(s, s->parked, s->writer_stop || s->leaving))
			continue;
		if (s->parked)
			(void)deadline_wait(&s->write_wake, &s->write_lock, deadline_in(RETRY_MS * NS_PER_MS));
		else if (s->writer_stop)
			return NULL;
		else
			pthread_cond_wait(&s->write_wake, &s->write_lock);
	}
}

int writer_open(struct session *s)
{
	s->parked_end = &s->parked;
	int err = pthread_mutex_init(&s->write_lock, NULL);
	if (!err)
		err = pthread_cond_init(&s->write_wake, NULL);
	if (!err)
		err = pthread_cond_init(&s->parked_over, NULL);
	if (!err)
		err = pthread_create(&s->writer, NULL, writer, s);
	s->writer_started = !err;
	if (!err)
		fs_on_room(s->fs, on_room, s);
	return err;
}

void writer_leave(struct session *s)
{
	guard(&s->write_lock);
	s->leaving = true;
	pthread_cond_signal(&s->write_wake);
}

void writer_close(struct session *s)
{
	if (!s->writer_started)
		return;
	fs_on_room(s->fs, NULL, NULL);
	{
		guard(&s->write_lock);
		s->writer_stop = true;
		pthread_cond_signal(&s->write_wake);
	}
	pthread_join(s->writer, NULL);
	pthread_cond_destroy(&s->parked_over);
	pthread_cond_destroy(&s->write_wake);
	pthread_mutex_destroy(&s->write_lock);
}

void ops_write(struct fuse_lowlevel_ops *ops)
{
	ops->write = op_write;
	ops->copy_file_range = op_copy_file_range;
}
