/* SPDX-License-Identifier: MIT
 * What reads found damaged, for status.
 */
#pragma once

#include "fs/core/damage.h"

/* fs_damaged: what recent reads found damaged and what no later one found whole: path and object (empty: damaged on
 * this device only); newest first. What was removed since is left out, and so is a block that its file has no more at
 * that place, since it was written anew or cut. */
size_t fs_damaged(struct fs *fs, struct fs_damage *list, size_t max);
