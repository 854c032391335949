/* SPDX-License-Identifier: MIT
 * What the files of fs/fuse/ share. Each callback answers its request exactly once, now or from a completion.
 */
#pragma once

#include "fs/fs.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

#include <fuse_lowlevel.h>

#define REPLY_MAX (1u << 20)            /* bytes of one read or write */
#define PARKED_MAX (128u << 20)         /* bytes of writes that wait for room in copies */
#define TIMEOUT_FOREVER (365.0 * 86400) /* entries and attributes: every remote change is notified */

#define CHANGERS 256

struct read_request; /* ops_read.c */
struct parked;       /* ops_write.c */
struct session {     /* fs/fuse/session.h */
	struct fs *fs;
	struct fuse_session *se;
	char *mountpoint;
	bool mounted;
	unsigned number; /* of the connection, under /sys/fs/fuse/connections; 0: not known */

	_Atomic uint64_t open; /* handles that the kernel has: files and directories */

	_Atomic uint64_t changers[CHANGERS]; /* stale.c: of recent changes, inode and thread as one number */

	pthread_mutex_t read_lock;
	struct read_request *read_requests; /* reads not answered yet; read_lock */

	pthread_mutex_t write_lock; /* all below */
	pthread_cond_t write_wake;
	pthread_t writer;
	struct parked *parked, **parked_end;
	size_t parked_bytes;        /* of the copies */
	pthread_cond_t parked_over; /* one whose thread waits is */
	bool writer_stop, writer_started;
	bool leaving; /* nobody waits for the answers any more */

	pthread_t loop; /* the thread in session_loop, while looping */
	_Atomic bool looping;
};
static inline struct session *session_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}
static inline struct fs_caller caller_of(fuse_req_t req)
{
	const struct fuse_ctx *c = fuse_req_ctx(req);
	return (struct fs_caller){ c->uid, c->gid, c->umask, c->pid, NULL, 0 };
}
static inline struct fs_file *file_of(const struct fuse_file_info *fi)
{
	return (struct fs_file *)(uintptr_t)fi->fh; // NOLINT(performance-no-int-to-ptr)
}
/* refused: where nothing may be changed: answers the request. */
static inline bool refused(fuse_req_t req)
{
	if (!fs_read_only(session_of(req)->fs))
		return false;
	fuse_reply_err(req, EROFS);
	return true;
}
/* begin_request: first in each callback: the request is an operation of its own. Names are not said. */
static inline void say_request(const char *what, uint64_t ino)
{
	process_name_thread("fuse");
	log_debug(AREA_FS, LOG_INO ": %s", ino, what);
}
#define begin_request(what, ino)                                                                                       \
	log_operation();                                                                                               \
	say_request(what, ino)
