/* SPDX-License-Identifier: MIT
 * Writing the write-ahead log. The record's bytes: wal_record.c. Reading them back: wal_replay.c.
 *
 * Terms
 *   record     consecutive ops, sealed together, on pages of their own
 *   ring pass  the records written since the file was begun at its first page again; their ops follow on each other
 *   logged     the last op that a record holds, durably
 *   torn       a record was begun and not written whole: what lies at `pos` is worth nothing
 *
 * Invariants (5 and 6 are those of README.md)
 *   5. The first page is begun again only when the base holds, durably, all that was logged (pass_begin).
 *   6. No two records of a seal session begin with the same op: its number is the nonce. A record that was torn counts
 *      too: until the base holds its first op, there is nothing that could be sealed in its place (pass_begin).
 *   W. Behind `pos` there is no record of this pass.
 *
 * States
 *
 *                          written, synced
 *                             +----+
 *                 append      v    |     no space in the middle
 *      EMPTY  ------------> FILLING  -------------------------> TORN
 *        ^                     |                                  |
 *        |   the base holds    |     the base holds all logged    |
 *        |   all that is logged|     and the torn record's first  |
 *        +---------------------+----------------------------------+
 *
 *   EMPTY: pos == 0. Into it: pass_begin. Out of it and to TORN: record_write.
 *   A failure but for want of space is final: the caller makes the map read-only, and nothing is written here any more.
 */
#include "cache/wal.h"

#include "cache/wal_record.h"
#include "cache/wal_struct.h"
#include "util/cleanup.h"
#include "util/invariant.h"
#include "util/log.h"
#include "util/trace.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* --- opening --- */

static err_t disk_error(void)
{
	return errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO;
}

static err_t write_all(int fd, const uint8_t *p, size_t n, off_t at)
{
	while (n) {
		ssize_t w = pwrite(fd, p, n, at);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w == 0 ? ERR_NOSPACE : disk_error();
		p += w;
		n -= (size_t)w;
		at += w;
	}
	return ERR_OK;
}

/* make: a file of real zeros, so that a later append changes nothing but data. */
static err_t make(int fd, size_t size)
{
	size_t step = 1u << 20;
	cleanup_free uint8_t *zeros = calloc(1, step);
	if (!zeros)
		return ERR_NOMEM;
	err_t e = ERR_OK;
	for (size_t at = 0; !e && at < size; at += step)
		e = write_all(fd, zeros, MIN(step, size - at), (off_t)at);
	if (!e && fsync(fd))
		e = ERR_IO;
	return e;
}

/* create: under another name until it is whole. */
static err_t create(const char *path, const char *fresh, size_t size)
{
	cleanup_fd int fd = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return disk_error();
	err_t e = make(fd, size);
	if (!e && rename(fresh, path))
		e = disk_error();
	if (e && unlink(fresh))
		log_warn(AREA_CACHE, "%s: %s", fresh, strerror(errno));
	return e;
}

static err_t open_file(const char *path, const char *fresh, size_t want, int *ret_fd, size_t *ret_size)
{
	cleanup_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		err_t e = create(path, fresh, want);
		if (e)
			return e;
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	struct stat st;
	if (fd < 0 || fstat(fd, &st))
		return disk_error();
	*ret_size = (size_t)MIN((uint64_t)st.st_size, want) / WAL_PAGE * WAL_PAGE; /* no more is ours */
	*ret_fd = steal_fd(fd);
	return ERR_OK;
}

err_t wal_open(const char *dir, size_t size, struct seal *seal, struct wal **ret, struct why *why)
{
	cleanup(wal_freep) struct wal *l = calloc(1, sizeof(*l));
	if (!l)
		return ERR_NOMEM;
	l->fd = -1;
	l->seal = seal;
	char path[PATH_MAX], fresh[PATH_MAX];
	if (snprintf(path, sizeof(path), "%s/log", dir) >= (int)sizeof(path) ||
	    snprintf(fresh, sizeof(fresh), "%s/log.new", dir) >= (int)sizeof(fresh))
		return why_set(why, ERR_LIMIT, "%s: the name is too long", dir);
	err_t e = open_file(path, fresh, size, &l->fd, &l->size);
	if (e)
		return why_set(why, e, "%s: %s", path, err_text(e));
	cleanup(key_wipe) struct key k = { 0 };
	e = seal_log_key(seal, seal_session(seal), &k);
	if (e)
		return e;
	l->aead = aead_new(seal_cipher(seal), &k);
	if (!l->aead)
		return ERR_NOMEM;
	*ret = steal_ptr(l);
	return ERR_OK;
}

void wal_freep(struct wal **p)
{
	struct wal *l = *p;
	if (!l)
		return;
	if (l->aead)
		aead_freep(&l->aead);
	if (l->fd >= 0)
		close(l->fd);
	buf_wipe_free(&l->record);
	free(l);
	*p = NULL;
}

struct wal_fill wal_fill(const struct wal *l)
{
	return (struct wal_fill){ l->pass, l->pos, l->size };
}

/* --- appending --- */

static const struct mem_op *first_after(const struct memtable *o, uint64_t seq)
{
	const struct mem_op *op = o ? memtable_mark(o) : NULL;
	if (!op || op->seq > seq)
		op = o ? memtable_first(o) : NULL;
	while (op && op->seq <= seq)
		op = memtable_after(op);
	return op;
}

static size_t measure(const struct mem_op *op, uint64_t upto)
{
	size_t n = 0;
	for (; op && op->seq <= upto && n <= WAL_RECORD_MAX; op = memtable_after(op))
		n += 7 + op->key_len + op->value_len;
	return n;
}

static void write_ops(struct wal *l, struct memtable *o, const struct mem_op *op, uint64_t upto)
{
	for (; op && op->seq <= upto; op = memtable_after(op)) {
		buf_u8(&l->record, (uint8_t)(op->table | (op->del ? WAL_OP_DEL : 0)));
		buf_blob16(&l->record, mem_op_key(op));
		buf_blob32(&l->record, mem_op_value(op));
		memtable_set_mark(o, op);
	}
}

/* pass_begin: at the first page again, once the base holds all that is here. `from`: the last op that need not be
 * written. */
static void pass_begin(struct wal *l, uint64_t base_seq, uint64_t from)
{
	if (base_seq < l->logged || (l->torn && from < l->sealed))
		return;
	INVARIANT(base_seq >= l->logged); /* 5 */
	l->pos = 0;
	l->pass++;
	l->torn = false;
}

/* record_write: what was sealed goes to its pages, durably. */
static err_t record_write(struct wal *l, uint64_t upto)
{
	struct buf *b = &l->record;
	INVARIANT(!l->torn && b->len <= l->size - l->pos);
	err_t e = write_all(l->fd, b->p, b->len, (off_t)l->pos);
	l->torn = e != ERR_OK;
	if (!e && fdatasync(l->fd))
		e = ERR_IO;
	if (e) {
		log_error(AREA_CACHE, "log write: %s", strerror(errno));
		return e;
	}
	l->pos += b->len;
	l->logged = upto;
	return ERR_OK;
}

err_t wal_append(struct wal *l, struct memtable *older, struct memtable *newer, uint64_t base_seq, uint64_t upto)
{
	uint64_t from = MAX(base_seq, l->logged);
	if (upto <= from)
		return ERR_OK;
	pass_begin(l, base_seq, from);
	const struct mem_op *a = first_after(older, from), *b = first_after(newer, from);
	size_t payload = measure(a, upto) + measure(b, upto);
	if (l->torn || payload > WAL_RECORD_MAX || wal_record_size(payload) > l->size - l->pos)
		return ERR_NOSPACE;
	struct wal_header h = { .first = from + 1, .count = (uint32_t)(upto - from), .len = (uint32_t)payload };
	memcpy(h.session, seal_session(l->seal), SESSION_LEN);
	buf_clear(&l->record);
	wal_header_encode(&h, &l->record);
	write_ops(l, older, a, upto);
	write_ops(l, newer, b, upto);
	err_t e = buf_ok(&l->record);
	INVARIANT(h.first > l->sealed); /* 6 */
	if (!e)
		e = wal_record_seal(l->aead, &h, &l->record);
	if (e)
		return e;
	l->sealed = h.first;
	TRACE(wal_begin, h.first, upto, l->record.len);
	e = record_write(l, upto);
	TRACE(wal_end, upto, e);
	return e;
}
