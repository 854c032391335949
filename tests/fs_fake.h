/* SPDX-License-Identifier: MIT
 * A file system over the in-memory map, or over a state directory, with a random keyring: for unit tests and memfs.
 */
#pragma once

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/inode_rec.h"
#include "fs/core/say.h"
#include "fs/core/stamp.h"
#include "fs/fs.h"
#include "vault/join/shared_key.h"
#include "vault/keys/keyring.h"

#include <stdlib.h>
#include <string.h>

struct fake {
	struct map *map;
	struct work *work;
	uint64_t stream; /* 0: one like any other */
	struct keyring *keyring;
	struct fs *fs;
};

static inline int fake_keyring(struct fake *w)
{
	struct id id;
	struct hash genesis;
	cleanup(key_wipe) struct key root;
	if (crypto_random_id(&id) || crypto_random(genesis.b, sizeof(genesis)) || crypto_random(&root, sizeof(root)))
		return EIO;
	w->keyring = keyring_new(cipher_best(), id, genesis);
	return w->keyring ? errno_of(keyring_add(w->keyring, 1, genesis, &root)) : ENOMEM;
}

/* fake_root_make: published, with the zero stamp. */
static inline int fake_root_make(struct map *m)
{
	struct inode in = { .ino = INO_ROOT, .mode = S_IFDIR | 0755, .uid = OWNER_SELF, .gid = OWNER_SELF };
	cleanup(batch_freep) struct batch *b = batch_new();
	cleanup(said_attrs_free) struct said_attrs said = { 0 };
	struct draft genesis;
	in.atime = in.mtime = in.ctime = in.btime = stamp_now();
	draft_begin(&genesis, NULL);
	err_t e = b ? say_attrs(NULL, &in, &said) : ERR_NOMEM;
	if (!e)
		e = draft_put_head(&genesis, &(struct inode_head){ .ino = INO_ROOT, .type = S_IFDIR >> 12 });
	for (size_t i = 0; !e && i < said.attrs.n; i++)
		e = draft_put_attr(&genesis, INO_ROOT, said.v[i].group, STAMP_ZERO, said.v[i].value);
	for (size_t i = 0; !e && i < draft_records(&genesis)->n; i++) {
		const struct records_entry *x = draft_records(&genesis)->v[i];
		batch_put(b, MAP_RECORDS, records_key(x), buf_span(&x->value));
	}
	draft_end(&genesis);
	return errno_of(e ? e : map_apply(m, b));
}

/* fake_root: gives the map a root if it has none. */
static inline int fake_root(struct map *m)
{
	struct shared_key k = shared_key_ino(SHARED_INODE, INO_ROOT);
	return map_has(m, MAP_RECORDS, shared_key_span(&k)) == ERR_OK ? 0 : fake_root_make(m);
}

/* fake_work: what a file system works with, anew. No file system uses the old one. */
static inline int fake_work(struct map *m, struct keyring *k, uint64_t stream, struct work **w)
{
	struct work_config c = { .map = m, .stream = stream, .hash = keyring_namehash(k) };
	work_freep(w);
	return errno_of(work_open(&c, w));
}

/* fake_fs: opens the file system over w->map, with a root if it has none. */
static inline int fake_fs(struct fake *w, uid_t uid, gid_t gid)
{
	struct fs_config c = { .map = w->map, .keyring = w->keyring, .uid = uid, .gid = gid };
	int err = fake_root(w->map);
	c.state_dir = "/tmp";
	if (!err)
		err = fake_work(w->map, w->keyring, w->stream ? w->stream : 0xa, &w->work);
	c.work = w->work;
	return err ? err : fs_open(&c, &w->fs);
}

/* fake_open: dir NULL: in memory. The keyring is made on the first call and kept, so a second call reopens. */
static inline int fake_open(struct fake *w, const char *dir, uid_t uid, gid_t gid)
{
	static const struct key key = { { 1 } };
	struct why why = { "" };
	int err = w->keyring ? 0 : fake_keyring(w);
	struct map_config mc = { .dir = dir, .key = &key };
	if (!err)
		err = errno_of(map_open(&mc, &w->map, &why));
	return err ? err : fake_fs(w, uid, gid);
}

static inline int fake_close(struct fake *w)
{
	int err = w->fs ? fs_close(steal_ptr(w->fs)) : 0;
	work_freep(&w->work);
	err_t e = w->map ? map_close(steal_ptr(w->map)) : ERR_OK;
	return err ? err : errno_of(e);
}

static inline void fake_free(struct fake *w)
{
	(void)fake_close(w);
	keyring_freep(&w->keyring);
}
