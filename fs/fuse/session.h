/* SPDX-License-Identifier: MIT
 * The kernel's way in to a struct fs: libfuse3's low-level interface. default_permissions is always on: the kernel
 * checks modes and ACLs. As an ordinary user libfuse mounts through fusermount3.
 */
#pragma once

#include "fs/fs.h"

struct session;
/* session_mount: mounts at `mountpoint`, a directory, or "/dev/fd/N" for a fuse file descriptor that the caller
 * mounted. `options`: more mount options, comma-separated, or NULL. `fs` outlives the session. errno values. */
MUST_CHECK int session_mount(struct fs *fs, const char *mountpoint, const char *options, struct session **ret,
                             struct why *why);
/* session_loop: serves until the file system is unmounted, by whomever; 0 then. */
MUST_CHECK int session_loop(struct session *s);
/* Mounts of it elsewhere (bind mounts, copies in other mount namespaces). SPARED: EBUSY, if files or directories are
 * open by any mount, mapping or descriptor. */
enum session_others { OTHERS_SPARED, OTHERS_CUT };
/* session_unmount: from another thread than the loop's; EBUSY when what is mounted here is in use. Other mounts of it,
 * of which the kernel says nothing, are cut off, after what it held back is written; so session_loop ends. */
int session_unmount(struct session *s, enum session_others others, struct why *why);
/* session_number: of the connection: the minor device number of all that is in it, whatever mount it is seen through;
 * 0: not known. */
unsigned session_number(const struct session *s);
/* session_abort: for a shutdown that cannot wait: cuts the kernel off, so every use of the mount fails from now on and
 * session_loop ends; then unmounts lazily. */
int session_abort(struct session *s);
/* session_disconnect: after session_loop: session_abort, if the kernel still holds the session (the loop ended by an
 * error). Nobody may wait for this daemon from then on. */
void session_disconnect(struct session *s);
struct session_parked { /* requests that wait for room in the memtables */
	uint64_t requests, bytes;
};
/* session_parked: how many there are. */
void session_parked(struct session *s, struct session_parked *ret);
/* session_free: after session_loop, or without it; unmounts what is still mounted (lazily); reads that wait are ended.
 * NULL is fine. No other thread may be using the session. */
void session_free(struct session *s);
