/* SPDX-License-Identifier: MIT */
#include "fs/residency/reclaim.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/data/content.h"
#include "util/log.h"

#define RECLAIM_GROUPS 32u /* a batch: about 500 blocks */

static int first_content(void *ctx, struct span key, struct span value)
{
	struct buf *found = ctx;
	struct id id;
	(void)value;
	if (!key_parse_id(key, REC_REAP, &id))
		return ERR_DAMAGED;
	buf_id(found, id);
	return MAP_STOP;
}

/* reclaim: at most `max` windows. What is not own any more was closed meanwhile: it is everybody's. */
static err_t reclaim(struct change *t, struct id content, size_t max)
{
	struct rkey k = key_id(REC_REAP, content);
	bool own = false, more = false;
	err_t e = content_own(t, content, &own);
	if (!e && own)
		e = content_drop(t, content, max, &more);
	if (!e && !more)
		change_local_del(t, rkey_span(&k));
	return e;
}

bool reclaim_run(struct fs *fs)
{
	cleanup(buf_free) struct buf found = BUF_INIT;
	struct rkey k = key_kind(REC_REAP);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), first_content, &found);
	if (e) {
		log_warn(AREA_FS, "reclaiming: %s", err_text(e));
		return false;
	}
	if (found.len != ID_LEN || map_pressure(fs->cfg.map))
		return false;
	struct change *t = change_begin_removal(fs);
	return change_end(fs, t, !t ? ENOMEM : errno_of(reclaim(t, id_from(found.p), RECLAIM_GROUPS))) == 0;
}

static int add_content(void *ctx, struct span key, struct span value)
{
	struct id id;
	(void)value;
	if (key_parse_id(key, REC_REAP, &id))
		buf_id(ctx, id);
	return 0;
}

err_t reclaim_before_close(struct change *t)
{
	cleanup(buf_free) struct buf found = BUF_INIT;
	struct rkey k = key_kind(REC_REAP);
	err_t e = map_scan(t->fs->cfg.map, MAP_RECORDS, rkey_span(&k), rkey_span(&k), add_content, &found);
	if (!e)
		e = buf_ok(&found);
	for (size_t i = 0; !e && i < found.len; i += ID_LEN)
		e = reclaim(t, id_from(found.p + i), SIZE_MAX);
	return e;
}
