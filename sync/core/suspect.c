/* SPDX-License-Identifier: MIT */
#include "sync/core/suspect.h"

#include "sync/core/sync_struct.h"

void sync_suspect(struct sync *s)
{
	s->contents.suspect = s->c.clock.wall(s->c.clock.ctx) / NS_PER_S;
}
