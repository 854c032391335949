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
/* session_unmount: from another thread than the loop's; EBUSY when files are open, unless lazy (session_loop then ends
 * when the last user of the mount is gone). Not lazy: mounts of it elsewhere (a copy in another mount namespace, a bind
 * mount) are cut off without EBUSY, after what the kernel held back is written; so session_loop ends. */
int session_unmount(struct session *s, bool lazy, struct why *why);
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
