/* SPDX-License-Identifier: MIT
 * Reads: answered from the completion, so a cold block holds no loop thread. An interrupt may run while the completion
 * does: it finds the read by its request in the door's list, where a read is until its answer begins. A read belongs to
 * the submitter and to the completion; the one that is last frees it.
 */
#include "fs/fuse/ops_read.h"

#include "fs/fuse/ops.h"
#include "util/trace.h"

struct reading {
	struct door *door;
	fuse_req_t req;
	struct reading *next, **back; /* read_lock, as all below */
	uint64_t ticket;              /* 0: fs_read has not returned yet */
	bool cancel, answered, submitted;
	uint64_t operation; /* the request, also when it is answered from another thread */
};

static void unlist(struct reading *r)
{
	*r->back = r->next;
	if (r->next)
		r->next->back = r->back;
}

static void done(void *ctx, int err, const void *p, size_t n)
{
	struct reading *r = ctx;
	struct door *d = r->door;
	fuse_req_t req = r->req;
	bool last;
	log_operation_as(r->operation);
	{
		guard(&d->read_lock);
		unlist(r);
		r->answered = true;
		last = r->submitted;
	}
	if (last)
		free(r);
	TRACE(read_end, n, err);
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_buf(req, p, n);
}

static void interrupted(fuse_req_t req, void *data)
{
	struct door *d = data;
	uint64_t ticket = 0;
	{
		guard(&d->read_lock);
		for (struct reading *r = d->readings; r; r = r->next) {
			if (r->req != req)
				continue;
			ticket = r->ticket;
			r->cancel = true;
		}
	}
	if (ticket)
		fs_read_cancel(d->fs, ticket);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	begin_request("read", ino);
	struct door *d = door_of(req);
	struct reading *r = calloc(1, sizeof(*r));
	if (!r || off < 0) {
		free(r);
		fuse_reply_err(req, off < 0 ? EINVAL : ENOMEM);
		return;
	}
	r->door = d;
	r->req = req;
	r->operation = log_operation_number();
	{
		guard(&d->read_lock);
		r->next = d->readings;
		r->back = &d->readings;
		if (r->next)
			r->next->back = &r->next;
		d->readings = r;
	}
	TRACE(read_begin, ino, off, size);
	fuse_req_interrupt_func(req, interrupted, d);
	uint64_t ticket = fs_read(d->fs, file_of(fi), (uint64_t)off, MIN(size, REPLY_MAX), done, r);
	bool answered, cancel;
	{
		guard(&d->read_lock);
		answered = r->answered;
		cancel = r->cancel && !answered;
		r->ticket = ticket;
		r->submitted = true;
	}
	if (answered)
		free(r);
	else if (cancel)
		fs_read_cancel(d->fs, ticket);
}

void ops_read(struct fuse_lowlevel_ops *ops)
{
	ops->read = op_read;
}
