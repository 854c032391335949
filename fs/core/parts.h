/* SPDX-License-Identifier: MIT
 * Lives of the parts of a struct fs, for fs/fs.c only. Each close takes a part that was never opened.
 */
#pragma once

#include "fs/core/node_table.h"

int notices_open(struct fs *fs);
void notices_close(struct fs *fs);
int damage_open(struct fs *fs);
void damage_close(struct fs *fs);
