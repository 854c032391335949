/* SPDX-License-Identifier: MIT
 * The engine's two lists: commits known and streams known.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* commits_find: the commit of that hash, or NULL. */
struct commit_record *commits_find(struct sync *s, struct hash hash);
bool commits_reserve(struct sync *s);
void commits_add(struct sync *s, const struct commit_record *n); /* room reserved before */
void commits_remove(struct sync *s, struct hash hash);
bool streams_reserve(struct sync *s);
struct stream *streams_find(struct sync *s, struct id id);
/* streams_number: of format 2; NULL: none. streams_name: finds out how format 2 knows it, if the vault is of it. */
struct stream *streams_number(struct sync *s, uint64_t number);
MUST_CHECK err_t streams_name(const struct sync *s, struct stream *st);
MUST_CHECK err_t streams_add(struct sync *s, const struct stream *st); /* persists it */
