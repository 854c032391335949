/* SPDX-License-Identifier: MIT
 * The kernel's door to a struct fs: libfuse3's low-level interface. default_permissions is always on: the kernel checks
 * modes and ACLs. As an ordinary user libfuse mounts through fusermount3.
 */
#pragma once

#include "fs/fs.h"

struct door;
/* door_mount: mounts at `mountpoint`, a directory, or "/dev/fd/N" for a fuse file descriptor that the caller mounted.
 * `options`: more mount options, comma-separated, or NULL. `fs` outlives the door. errno values. */
MUST_CHECK int door_mount(struct fs *fs, const char *mountpoint, const char *options, struct door **ret,
                          struct why *why);
/* door_loop: serves until the file system is unmounted, by whomever; 0 then. */
MUST_CHECK int door_loop(struct door *d);
/* door_unmount: from another thread than the loop's; EBUSY when files are open, unless lazy (door_loop then ends when
 * the last user of the mount is gone). Not lazy: mounts of it elsewhere (a copy in another mount namespace, a bind
 * mount) are cut off without EBUSY, after what the kernel held back is written; so door_loop ends. */
int door_unmount(struct door *d, bool lazy, struct why *why);
/* door_abort: for a shutdown that cannot wait: cuts the kernel off, so every use of the mount fails from now on and
 * door_loop ends; then unmounts lazily. */
int door_abort(struct door *d);
/* door_cut: after door_loop: door_abort, if the kernel still holds the session (the loop ended by an error). Nobody may
 * wait for this daemon from then on. */
void door_cut(struct door *d);
/* door_free: after door_loop, or without it; unmounts what is still mounted (lazily); reads that wait are ended. NULL
 * is fine. No other thread may be using the door. */
void door_free(struct door *d);
