/* SPDX-License-Identifier: MIT
 * mount.fuse.cloudseal: what mount(8) runs for `mount -t fuse.cloudseal NAME DIR -o OPTIONS` and for such a line in
 * fstab, as "mount.fuse.cloudseal NAME DIR [-sfnv] [-N NAMESPACE] [-o OPTIONS] [-t fuse.cloudseal]". For an ordinary
 * user (option "user" in fstab) mount(8) has given root up before.
 */
#pragma once

/* mount_helper: the program under the name mount.fuse.cloudseal; exit codes are mount(8)'s. */
int mount_helper(int argc, char **argv);
