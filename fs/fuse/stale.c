/* SPDX-License-Identifier: MIT
 * Attributes that the kernel must not keep, or not any longer.
 *
 * It keeps what it has heard until it is told otherwise, for we say that attributes are good forever. Its own
 * operations end that in two ways. A write, a truncate, a chmod or a last unlink give the inode a new version, and
 * attributes that were asked for under an older version are not taken when they arrive. But of the directory of a name
 * that was made, moved or removed, of a moved inode, and after an xattr, an ACL or a punched hole, it only forgets what
 * it has. An answer that was under way meanwhile (getattr, lookup or readdirplus of another process) is older than the
 * operation, is taken after it, and then stays: mtime and links of a directory that are wrong until the next change.
 *
 * A notification of an inode's attributes gives it a new version, too (Linux 5.8). So: change, notify, answer. Whatever
 * was computed before the change was asked for before the notification, and is refused from then on. Nothing waits for
 * us meanwhile: a notification without a range touches no pages and takes no lock of the inode; it only waits for an
 * inode that is being made or freed, and this one is held by who waits for our answer, or by the open file of the
 * request: the kernel holds the inode of a handle until its release was answered, and sends that after its last write.
 *
 * And when the kernel takes attributes it first says that they are good and then sets them one by one, so somebody else
 * may look at old ones in between. That is seen when one process changes an inode and looks, while others ask for it
 * all the time. So what changed a moment ago is not to be kept when another thread asks than the one that changed it:
 * by the time that something is kept, the kernel has had it before.
 */
#include "fs/fuse/stale.h"

#include "util/clock.h"

#define FRESH_NS (2 * NS_PER_MS)

static uint64_t changer(fuse_req_t req, uint64_t ino)
{
	uint64_t thread = (uint64_t)fuse_req_ctx(req)->pid;
	return (ino ^ thread << 32) * UINT64_C(0x9e3779b97f4a7c15);
}

double stale_timeout(fuse_req_t req, const struct stat *st)
{
	struct session *s = session_of(req);
	int64_t age = clock_wall() - ((int64_t)st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec);
	bool fresh = age > -FRESH_NS && age < FRESH_NS;
	return fresh && s->changers[st->st_ino % CHANGERS] != changer(req, st->st_ino) ? 0 : TIMEOUT_FOREVER;
}

void stale_changed(fuse_req_t req, uint64_t ino)
{
	session_of(req)->changers[ino % CHANGERS] = changer(req, ino);
}

void stale_attr(fuse_req_t req, uint64_t ino)
{
	stale_changed(req, ino);
	(void)fuse_lowlevel_notify_inval_inode(session_of(req)->se, ino, -1, 0); /* ENOENT: the kernel has none of it */
}

void stale_entry(fuse_req_t req, uint64_t parent, const char *name)
{
	struct fs *fs = session_of(req)->fs;
	struct stat st;
	if (fs_lookup(fs, parent, name, &st))
		return;
	stale_attr(req, st.st_ino);
	fs_forget(fs, st.st_ino, 1);
}
