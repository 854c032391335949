/* SPDX-License-Identifier: MIT
 * The state directory: lock (flock: one map at a time), data.mdb, log. Opening it, and replaying the log.
 */
#include "cache/internal.h"

#include "cache/batch.h"

#include <fcntl.h>
#include <sys/file.h>

#define ID_KEY span_str("id")
#define ID_VERSION 1
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
		return why_set(why, ERR_VERSION, "%s was written by a newer version", c->dir);
	e = seal_check(c->key, check);
	if (e)
		return e;
	if (!crypto_equal(check, id + 2, CHECK_LEN))
		return why_set(why, ERR_WRONGKEY, "%s is sealed by another key", c->dir);
	return seal_new(c->key, (enum cipher)id[1], &m->seal);
}

err_t durable_open(struct map *m, const struct map_config *c, struct why *why)
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
		e = log_open(c->dir, LOG_SIZE, m->seal, &m->log, why);
	if (!e && fsync(dir)) /* the names of new files */
		e = why_set(why, ERR_IO, "%s: %s", c->dir, strerror(errno));
	return e;
}

struct replay {
	struct map *m;
	struct batch *b;
	uint64_t ops;
};

static err_t on_op(void *ctx, enum map_table t, bool del, struct span key, struct span value, bool last)
{
	struct replay *r = ctx;
	if (del)
		batch_del(r->b, t, key);
	else
		batch_put(r->b, t, key, value);
	r->ops++;
	if (!last)
		return r->b->failed;
	guard(&r->m->apply_lock);
	return r->b->failed ? r->b->failed : map_link(r->m, r->b);
}

err_t durable_replay(struct map *m, struct why *why)
{
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return ERR_NOMEM;
	struct replay r = { m, b, 0 };
	err_t said = log_replay(m->log, m->base_seq, on_op, &r);
	if (said && said != ERR_DAMAGED)
		return why_set(why, said, "the log in the state directory: %s", err_text(said));
	guard(&m->commit_lock);
	err_t e = commit_run(m, NULL, NULL, 0, NULL); /* what was good is kept in either case */
	if (e)
		return why_set(why, e, "cannot commit the log's changes: %s", err_text(e));
	if (r.ops)
		log_info(AREA_CACHE, "replayed %llu changes from the log", (unsigned long long)r.ops);
	if (!said)
		return ERR_OK;
	log_error(AREA_CACHE, "the log is damaged and holds synced changes behind the damage");
	return why_set(why, said,
	               "the file log in the state directory is damaged: some synced changes cannot be read back; "
	               "everything before them is kept. Move that file away to continue without them");
}
