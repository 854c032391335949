/* SPDX-License-Identifier: MIT */
#include "fs/names/orphan.h"

#include "fs/core/change.h"
#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode.h"
#include "fs/core/node_table.h"
#include "fs/data/truncate.h"
#include "fs/names/unlinked.h"
#include "util/log.h"

#include <string.h>
#include <sys/stat.h>

struct keys { /* keys found by a scan, one after the other: length(1) bytes */
	struct buf b;
};

static int keep_key(void *ctx, struct span key, struct span value)
{
	(void)value;
	struct keys *k = ctx;
	buf_u8(&k->b, (uint8_t)key.len);
	buf_put(&k->b, key.p, key.len);
	return k->b.failed ? (int)ERR_NOMEM : 0;
}

static int drop_xattrs(struct fs *fs, struct change *t, uint64_t ino)
{
	struct keys found = { BUF_INIT };
	struct rkey prefix = key_ino(REC_XATTR, ino);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&prefix), rkey_span(&prefix), keep_key, &found);
	struct rd r = RD(buf_span(&found.b));
	while (!e && r.left) {
		size_t n = rd_u8(&r);
		txn_del(t->txn, SPAN(rd_bytes(&r, n), n));
	}
	buf_free(&found.b);
	return errno_of(e);
}

static int reap_into(struct fs *fs, struct change *t, const struct inode *in)
{
	int err = drop_xattrs(fs, t, in->ino);
	if (!err && S_ISREG(in->mode))
		err = file_drop(t, in);
	struct rkey k = key_ino(REC_INODE, in->ino), o = key_ino(REC_ORPHAN, in->ino);
	txn_del(t->txn, rkey_span(&k));
	txn_del(t->txn, rkey_span(&o));
	return err;
}

int orphan_made(struct fs *fs, struct change *t, const struct inode *in)
{
	if (!node_mark_orphan(fs, in->ino))
		return reap_into(fs, t, in);
	cleanup(buf_free) struct buf value = BUF_INIT;
	buf_u8(&value, 1);
	struct rkey k = key_ino(REC_ORPHAN, in->ino);
	txn_put(t->txn, rkey_span(&k), &value);
	return 0;
}

static int reap(struct fs *fs, struct change *t, uint64_t ino)
{
	cleanup(buf_free) struct buf raw = BUF_INIT;
	struct rkey o = key_ino(REC_ORPHAN, ino);
	err_t e = txn_get(t->txn, rkey_span(&o), &raw);
	if (e == ERR_NOTFOUND || node_in_use(fs, ino))
		return 0;
	struct inode in;
	int err = e ? errno_of(e) : inode_get_txn(t, ino, &in, &raw);
	if (err == ENOENT) { /* another device removed the record itself */
		txn_del(t->txn, rkey_span(&o));
		return 0;
	}
	return err ? err : reap_into(fs, t, &in);
}

void orphan_reap(struct fs *fs, uint64_t ino)
{
	if (fs->cfg.format == VAULT_FORMAT_2) {
		unlinked_reap(fs, ino);
		return;
	}
	struct change *t = change_begin_removal(fs);
	int err = change_end(fs, t, t ? reap(fs, t, ino) : ENOMEM);
	if (err)
		log_warn(AREA_FS, LOG_INO ": removing it after its last use failed (%s); tried again at the next mount",
		         ino, strerror(err));
}

int orphan_reap_all(struct fs *fs)
{
	if (fs->cfg.format == VAULT_FORMAT_2)
		return unlinked_reap_all(fs);
	struct keys found = { BUF_INIT };
	struct rkey prefix = key_kind(REC_ORPHAN);
	err_t e = map_scan(fs->cfg.map, MAP_RECORDS, rkey_span(&prefix), rkey_span(&prefix), keep_key, &found);
	struct rd r = RD(buf_span(&found.b));
	while (!e && r.left) {
		uint64_t ino;
		size_t n = rd_u8(&r);
		if (key_parse_ino(SPAN(rd_bytes(&r, n), n), REC_ORPHAN, &ino))
			orphan_reap(fs, ino);
	}
	buf_free(&found.b);
	return errno_of(e);
}
