/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_pending.h"

void mounted_vault_pending(struct mounted_vault *v, struct last *ret)
{
	struct sync_status s = { 0 };
	struct fs_stats f = { 0 };
	*ret = (struct last){ 0 };
	if (!v->sync)
		return;
	sync_status(v->sync, &s);
	if (v->fs)
		fs_stats(v->fs, &f);
	ret->unpublished = s.unpublished || s.pending_blocks || f.dirty_bytes;
	ret->objects = s.queued_objects;
	ret->bytes = s.queued_bytes + s.pending_bytes + f.dirty_bytes;
}
