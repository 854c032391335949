/* SPDX-License-Identifier: MIT
 * Reads: answered from the completion, so a non-resident block keeps no loop thread. An interrupt may run while the
 * completion does: it finds the read by its request in the session's list, where a read is until its answer begins. A
 * read belongs to the submitter and to the completion; the one that is last frees it.
 */
#include "fs/fuse/ops_read.h"

#include "fs/fuse/ops.h"
#include "util/trace.h"

struct read_request {
	struct session *session;
	fuse_req_t req;
	struct read_request *next, **back; /* read_lock, as all below */
	uint64_t ticket;                   /* 0: fs_read has not returned yet */
	bool cancel, answered, submitted;
	uint64_t operation; /* the request, also when it is answered from another thread */
};

static void unlist(struct read_request *r)
{
	*r->back = r->next;
	if (r->next)
		r->next->back = r->back;
}

static void done(void *ctx, int err, const void *p, size_t n)
{
	struct read_request *r = ctx;
	struct session *s = r->session;
	fuse_req_t req = r->req;
	bool last;
	log_operation_as(r->operation);
	{
		guard(&s->read_lock);
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
	struct session *s = data;
	uint64_t ticket = 0;
	{
		guard(&s->read_lock);
		for (struct read_request *r = s->read_requests; r; r = r->next) {
			if (r->req != req)
				continue;
			ticket = r->ticket;
			r->cancel = true;
		}
	}
	if (ticket)
		fs_read_cancel(s->fs, ticket);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	begin_request("read", ino);
	struct session *s = session_of(req);
	struct read_request *r = calloc(1, sizeof(*r));
	if (!r || off < 0) {
		free(r);
		fuse_reply_err(req, off < 0 ? EINVAL : ENOMEM);
		return;
	}
	r->session = s;
	r->req = req;
	r->operation = log_operation_number();
	{
		guard(&s->read_lock);
		r->next = s->read_requests;
		r->back = &s->read_requests;
		if (r->next)
			r->next->back = &r->next;
		s->read_requests = r;
	}
	TRACE(read_begin, ino, off, size);
	fuse_req_interrupt_func(req, interrupted, s);
	uint64_t ticket = fs_read(s->fs, file_of(fi), (uint64_t)off, MIN(size, REPLY_MAX), done, r);
	bool answered, cancel;
	{
		guard(&s->read_lock);
		answered = r->answered;
		cancel = r->cancel && !answered;
		r->ticket = ticket;
		r->submitted = true;
	}
	if (answered)
		free(r);
	else if (cancel)
		fs_read_cancel(s->fs, ticket);
}

void ops_read(struct fuse_lowlevel_ops *ops)
{
	ops->read = op_read;
}
