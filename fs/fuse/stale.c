/* SPDX-License-Identifier: MIT
 * Attributes that the kernel must not keep.
 *
 * It keeps what it has heard until it is told otherwise, for we say that attributes are good forever. Its own
 * operations end that in two ways. A write, a truncate, a chmod or a last unlink give the inode a new version, and
 * attributes that were asked for under an older version are not taken when they arrive. But of the directory of a name
 * that was made, moved or removed, of a moved inode, and after an xattr, an ACL or a punched hole, it only forgets what
 * it has. An answer that was under way meanwhile (getattr, lookup or readdirplus of another process) is older than the
 * operation, is taken after it, and then stays: mtime and links of a directory that are wrong until the next change.
 *
 * A notification of an inode's attributes gives it a new version, too (Linux 5.8). So: change, notify, answer.
 * Whatever was computed before the change was asked for before the notification, and is refused from then on.
 *
 * Nothing waits for us meanwhile. A notification without a range touches no pages and takes no lock of the inode; it
 * only waits for an inode that is being made or freed, and this one is held by who waits for our answer. Not so writes
 * of what a program changed through mmap: an inode that is freed waits for those, and they say nothing here.
 */
#include "fs/fuse/stale.h"

#include "util/clock.h"

#define FRESH_NS (2 * INT64_C(1000000))

double stale_timeout(const struct stat *st)
{
	int64_t age = clock_wall() - ((int64_t)st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec);
	return age > -FRESH_NS && age < FRESH_NS ? 0 : TIMEOUT_FOREVER;
}

void stale_attr(struct session *s, uint64_t ino)
{
	(void)fuse_lowlevel_notify_inval_inode(s->se, ino, -1, 0); /* ENOENT: the kernel has none of it */
}

void stale_entry(struct session *s, uint64_t parent, const char *name)
{
	struct stat st;
	if (fs_lookup(s->fs, parent, name, &st))
		return;
	stale_attr(s, st.st_ino);
	fs_forget(s->fs, st.st_ino, 1);
}
