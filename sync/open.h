/* SPDX-License-Identifier: MIT
 * Opening the engine.
 */
#pragma once

#include "sync/core/config.h"

/* sync_open: reads the sync state out of the map, no network. */
MUST_CHECK err_t sync_open(const struct sync_config *c, struct sync **ret, struct why *why);
/* sync_attach: before the engine publishes or delivers anything. NULL: the changeset is going to end, after sync_stop.
 */
void sync_attach(struct sync *s, const struct sync_attached *at);
/* sync_freep: after sync_stop. */
void sync_freep(struct sync **s);
