/* SPDX-License-Identifier: MIT
 * Operations that find no room while there is only none yet: what waits in the memtables is reckoned twice until the
 * commit under way ends (cache/room.h). Writes park (fuse/ops_write.c); small operations are made again behind a
 * commit.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct fs;
/* pressed_again: after an operation that came to `err`, whole, with no lock held; tries: of it, 0 at first. True: it
 * found no room that is there now, also after waiting for a commit: it is to be made again. A full disk costs no
 * commit.
 */
bool pressed_again(struct fs *fs, unsigned *tries, int err);
/* pressed_room: 0: so many bytes would find room now, if need be behind a commit, which it waits for; ENOSPC. No lock
 * is held. */
int pressed_room(struct fs *fs, uint64_t bytes);
