/* SPDX-License-Identifier: MIT
 * Between reads and the handles whose pattern they follow.
 */
#pragma once

#include "fs/fs.h"

/* handle_ahead: a read was made; fetches ahead when the handle reads in sequence and meets cold blocks. */
void handle_ahead(struct fs_file *h, uint64_t off, size_t len, bool cold);
/* handle_hold: keeps an open file while a read is being started; handle_drop gives it back. */
void handle_hold(struct fs_file *h);
void handle_drop(struct fs_file *h);
