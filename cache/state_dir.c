/* SPDX-License-Identifier: MIT
 * The state directory: lock (flock: one map at a time), data.mdb, log. Opening it.
 */
#include "cache/state_dir.h"

#include "cache/base_lmdb.h"
#include "cache/map_struct.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <sys/file.h>

#define ID_KEY span_str("id")
#define ID_VERSION 3
#define ID_LENGTH (2 + CHECK_LEN)

static err_t lock_dir(struct map *m, int dir, const char *path, struct why *why)
{
	m->lock_fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (m->lock_fd < 0)
		return why_set(why, errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO, "%s/lock: %s", path,
		               strerror(errno));
	if (flock(m->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	if (errno == EWOULDBLOCK)
		return why_set(why, ERR_BUSY, "%s is in use by another process", path);
	return why_set(why, ERR_IO, "%s/lock: %s", path, strerror(errno));
}

/* id_make: a new map says what it is before anything else. */
static err_t id_make(struct map *m, const struct map_config *c, uint8_t id[ID_LENGTH])
{
	id[0] = ID_VERSION;
	id[1] = (uint8_t)cipher_best();
	struct base_txn *t = NULL;
	uint8_t *to;
	err_t e = seal_check(c->key, id + 2);
	if (!e)
		e = m->base->ops->write_begin(m->base, &t);
	if (e)
		return e;
	e = t->ops->put(t, BASE_META, ID_KEY, ID_LENGTH, &to);
	if (e) {
		t->ops->write_abort(t);
		return e;
	}
	memcpy(to, id, ID_LENGTH);
	return t->ops->write_commit(t);
}

static err_t id_read(struct map *m, uint8_t id[ID_LENGTH])
{
	struct base_txn *t = NULL;
	struct span s;
	err_t e = m->base->ops->read_new(m->base, &t);
	if (e)
		return e;
	e = t->ops->read_renew(t);
	if (!e)
		e = t->ops->get(t, BASE_META, ID_KEY, &s);
	if (!e && s.len != ID_LENGTH)
		e = ERR_DAMAGED;
	if (!e)
		e = t->ops->copy(id, s);
	t->ops->read_free(t);
	return e;
}

static err_t id_check(struct map *m, const struct map_config *c, struct why *why)
{
	uint8_t id[ID_LENGTH], check[CHECK_LEN];
	err_t e = id_read(m, id);
	if (e == ERR_NOTFOUND)
		e = id_make(m, c, id);
	if (e)
		return e;
	if (id[0] != ID_VERSION || !cipher_known(id[1]))
		return why_set(
		        why, ERR_VERSION,
		        "%s was written by another version: use that one, or forget the vault here and join again",
		        c->dir);
	e = seal_check(c->key, check);
	if (e)
		return e;
	if (!crypto_equal(check, id + 2, CHECK_LEN))
		return why_set(why, ERR_WRONGKEY, "%s is sealed by another key", c->dir);
	return seal_new(c->key, (enum cipher)id[1], &m->seal);
}

err_t state_dir_open(struct map *m, const struct map_config *c, struct why *why)
{
	cleanup_fd int dir = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return why_set(why, ERR_IO, "%s: %s", c->dir, strerror(errno));
	err_t e = lock_dir(m, dir, c->dir, why);
	if (!e)
		e = base_lmdb_open(c->dir, c->size_max, &m->base, why);
	if (!e)
		e = id_check(m, c, why);
	if (!e)
		e = wal_open(c->dir, WAL_SIZE, m->seal, &m->wal, why);
	if (!e && fsync(dir)) /* the names of new files */
		e = why_set(why, ERR_IO, "%s: %s", c->dir, strerror(errno));
	return e;
}
