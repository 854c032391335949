/* SPDX-License-Identifier: MIT
 * Pending ranges of a file become extents of a content.
 */
#pragma once

#include "fs/core/file.h"

/* flush_blocks: those before `end`, NULL: all; then small extents are compacted. A range that later ones cover
 * completely goes nowhere. ERR_LIMIT: a group is full. */
MUST_CHECK err_t flush_blocks(struct file *f, struct change *t, struct id content, const struct pending *end);
