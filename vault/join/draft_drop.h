/* SPDX-License-Identifier: MIT
 * The draft says nothing any more of a record of no inode, of a version, or of an inode at all: only what it began and
 * nobody else knows. What else was said may have been said before it (draft_begin_shown).
 */
#pragma once

#include "vault/join/draft.h"

MUST_CHECK err_t draft_drop(struct draft *d, struct span key);
MUST_CHECK err_t draft_drop_version(struct draft *d, uint64_t ino, struct version_id id);
MUST_CHECK err_t draft_drop_inode(struct draft *d, uint64_t ino);
