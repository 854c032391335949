/* SPDX-License-Identifier: MIT
 * The engine's two lists: commits known and streams known.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* nodes_find: the commit of that hash, or NULL. */
struct node *nodes_find(struct sync *s, struct hash hash);
bool nodes_reserve(struct sync *s);
void nodes_add(struct sync *s, const struct node *n); /* room reserved before */
void nodes_remove(struct sync *s, struct hash hash);
bool streams_reserve(struct sync *s);
struct stream *streams_find(struct sync *s, struct id id);
MUST_CHECK err_t streams_add(struct sync *s, const struct stream *st); /* persists it */
