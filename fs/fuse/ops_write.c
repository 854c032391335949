/* SPDX-License-Identifier: MIT
 * Writes. One that finds the overlays full is copied and parked; a thread of the door tries the parked ones again, in
 * order, when there is room. While any is parked, later ones park behind it.
 */
#include "fs/fuse/ops.h"

#include <string.h>
#include <time.h>

#define RETRY_MS 50 /* should a hint be lost */

struct parked {
	struct parked *next;
	fuse_req_t req;
	struct fs_file *file;
	struct fs_caller who;
	uint64_t off;
	size_t n;
	bool kill;
	uint8_t bytes[];
};

static int try_write(struct door *d, const struct parked *p, const void *bytes, unsigned how)
{
	return fs_write(d->fs, &p->who, p->file, p->off, bytes, p->n, how | (p->kill ? FS_WRITE_KILL_SUID : 0));
}

static void reply(fuse_req_t req, int err, size_t n)
{
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_write(req, n);
}

/* park: 0, or ENOMEM with the request still the caller's to answer. */
static int park(struct door *d, const struct parked *like, const void *bytes)
{
	struct parked *p = malloc(sizeof(*p) + like->n);
	if (!p)
		return ENOMEM;
	*p = *like;
	p->next = NULL;
	memcpy(p->bytes, bytes, p->n);
	guard(&d->write_lock);
	if (d->parked_bytes + p->n > PARKED_MAX) {
		free(p);
		return ENOMEM;
	}
	d->parked_bytes += p->n;
	*d->parked_end = p;
	d->parked_end = &p->next;
	pthread_cond_signal(&d->write_wake);
	return 0;
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t n, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	struct door *d = door_of(req);
	struct parked w = { .req = req, .file = file_of(fi), .who = caller_of(req), .off = (uint64_t)off, .n = n };
	/* The kernel clears set-id bits itself except for O_DIRECT; doing it again for anyone but root is right too. */
	w.kill = !fi->writepage && w.who.uid != 0;
	bool behind;
	{
		guard(&d->write_lock);
		behind = d->parked;
	}
	int err = off < 0 ? EINVAL : behind ? EAGAIN : try_write(d, &w, bytes, 0);
	if (err == EAGAIN) {
		err = park(d, &w, bytes);
		if (!err)
			return;
	}
	reply(req, err, n);
}

static void on_room(void *ctx)
{
	struct door *d = ctx;
	guard(&d->write_lock);
	pthread_cond_signal(&d->write_wake);
}

static void wait_room(struct door *d)
{
	struct timespec until = { 0 };
	if (clock_gettime(CLOCK_MONOTONIC, &until))
		abort();
	until.tv_nsec += RETRY_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_cond_timedwait(&d->write_wake, &d->write_lock, &until);
}

/* retry: the first of the line, without the lock; only this thread takes any out. */
static bool retry(struct door *d, struct parked *p, bool stop)
{
	pthread_mutex_unlock(&d->write_lock);
	int err = try_write(d, p, p->bytes, FS_WRITE_NOWAIT);
	if (err == EAGAIN && stop)
		err = EIO;
	if (pthread_mutex_lock(&d->write_lock))
		abort();
	if (err == EAGAIN)
		return false;
	d->parked = p->next;
	if (!d->parked)
		d->parked_end = &d->parked;
	d->parked_bytes -= p->n;
	reply(p->req, err, p->n);
	free(p);
	return true;
}

static void *writer(void *ctx)
{
	struct door *d = ctx;
	guard(&d->write_lock);
	for (;;) {
		if (d->parked && retry(d, d->parked, d->writer_stop))
			continue;
		if (d->parked)
			wait_room(d);
		else if (d->writer_stop)
			return NULL;
		else
			pthread_cond_wait(&d->write_wake, &d->write_lock);
	}
}

int writer_open(struct door *d)
{
	pthread_condattr_t attr;
	d->parked_end = &d->parked;
	int err = pthread_mutex_init(&d->write_lock, NULL);
	if (!err)
		err = pthread_condattr_init(&attr);
	if (err)
		return err;
	err = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (!err)
		err = pthread_cond_init(&d->write_wake, &attr);
	pthread_condattr_destroy(&attr);
	if (!err)
		err = pthread_create(&d->writer, NULL, writer, d);
	d->writer_started = !err;
	if (!err)
		fs_on_room(d->fs, on_room, d);
	return err;
}

void writer_close(struct door *d)
{
	if (!d->writer_started)
		return;
	fs_on_room(d->fs, NULL, NULL);
	{
		guard(&d->write_lock);
		d->writer_stop = true;
		pthread_cond_signal(&d->write_wake);
	}
	pthread_join(d->writer, NULL);
	pthread_cond_destroy(&d->write_wake);
	pthread_mutex_destroy(&d->write_lock);
}

void ops_write(struct fuse_lowlevel_ops *ops)
{
	ops->write = op_write;
}
