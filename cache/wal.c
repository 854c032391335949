/* SPDX-License-Identifier: MIT
 * A record: magic(8) session(16) first op(8) count(4) payload length(4) | payload, sealed | tag(16), zeros up to a
 * page. AAD is the header; the nonce is the first op's number, which a session never uses twice. A page is never
 * written again while it holds something that only the log has.
 */
#include "cache/wal.h"

#include "util/cleanup.h"
#include "util/log.h"
#include "util/trace.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE 4096u
#define HEADER 40u
#define OP_DEL 0x80u
static const uint8_t magic[8] = { 'C', 'S', 'L', 'O', 'G', 0, 1, 0 };

struct wal {
	int fd;
	size_t size;
	struct seal *seal;
	struct aead *aead; /* of this session */
	size_t pos;        /* where the next record goes; 0: nothing logged in this pass */
	uint64_t logged;   /* the last op in the log */
	uint64_t pass;     /* how often it began at the beginning */
	bool torn;         /* a record could not be written whole: nothing more until the next pass */
	struct buf record;
};
struct header {
	uint8_t session[SESSION_LEN];
	uint64_t first;
	uint32_t count, len;
};

static size_t padded(size_t payload)
{
	return (HEADER + payload + TAG_LEN + PAGE - 1) / PAGE * PAGE;
}

static uint64_t header_last(const struct header *h)
{
	return h->first + h->count - 1;
}

static void nonce_of(uint64_t first, uint8_t out[NONCE_LEN])
{
	memset(out, 0, NONCE_LEN);
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(first >> (8 * i));
}

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
	return e ? e : fsync(fd) ? ERR_IO : ERR_OK;
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
	*ret_size = (size_t)st.st_size / PAGE * PAGE;
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
		buf_u8(&l->record, (uint8_t)(op->table | (op->del ? OP_DEL : 0)));
		buf_blob16(&l->record, mem_op_key(op));
		buf_blob32(&l->record, mem_op_value(op));
		memtable_set_mark(o, op);
	}
}

static err_t record_seal(struct wal *l, uint64_t first, size_t payload)
{
	struct buf *g = &l->record;
	size_t total = padded(payload);
	uint8_t *tail = buf_extend(g, total - g->len), nonce[NONCE_LEN];
	if (!tail)
		return ERR_NOMEM;
	memset(tail, 0, total - HEADER - payload);
	nonce_of(first, nonce);
	return aead_seal(l->aead, nonce, SPAN(g->p, HEADER), SPAN(g->p + HEADER, payload), g->p + HEADER, tail);
}

struct wal_fill wal_fill(const struct wal *l)
{
	return (struct wal_fill){ l->pass, l->pos, l->size };
}

err_t wal_append(struct wal *l, struct memtable *older, struct memtable *newer, uint64_t base_seq, uint64_t upto)
{
	uint64_t from = MAX(base_seq, l->logged);
	if (upto <= from)
		return ERR_OK;
	if (base_seq >= l->logged) { /* a new pass */
		l->pos = 0;
		l->pass++;
		l->torn = false;
	}
	const struct mem_op *a = first_after(older, from), *b = first_after(newer, from);
	size_t payload = measure(a, upto) + measure(b, upto);
	if (l->torn || payload > WAL_RECORD_MAX || padded(payload) > l->size - l->pos)
		return ERR_NOSPACE;
	struct buf *g = &l->record;
	buf_clear(g);
	buf_put(g, magic, sizeof(magic));
	buf_put(g, seal_session(l->seal), SESSION_LEN);
	buf_u64(g, from + 1);
	buf_u32(g, (uint32_t)(upto - from));
	buf_u32(g, (uint32_t)payload);
	write_ops(l, older, a, upto);
	write_ops(l, newer, b, upto);
	err_t e = buf_ok(g);
	if (!e)
		e = record_seal(l, from + 1, payload);
	if (e)
		return e;
	TRACE(wal_begin, from + 1, upto, g->len);
	e = write_all(l->fd, g->p, g->len, (off_t)l->pos);
	l->torn = e != ERR_OK;
	if (!e && fdatasync(l->fd))
		e = ERR_IO;
	TRACE(wal_end, upto, e);
	if (e) {
		log_error(AREA_CACHE, "log write: %s", strerror(errno));
		return e;
	}
	l->pos += g->len;
	l->logged = upto;
	return ERR_OK;
}

/* --- replay --- */

/* read_at: exactly `n` bytes inside the file. */
static err_t read_at(const struct wal *l, size_t at, void *to, size_t n)
{
	uint8_t *p = to;
	while (n) {
		ssize_t r = pread(l->fd, p, n, (off_t)at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			log_error(AREA_CACHE, "reading the log: %s", r ? strerror(errno) : "it is cut off");
			return ERR_IO;
		}
		p += r;
		at += (size_t)r;
		n -= (size_t)r;
	}
	return ERR_OK;
}

/* header_parse: false unless a record with sane bounds may start at `at`. */
static bool header_parse(const struct wal *l, size_t at, const uint8_t b[HEADER], struct header *ret)
{
	struct rd r = RD(SPAN(b, HEADER));
	const uint8_t *m = rd_bytes(&r, sizeof(magic));
	if (!m || memcmp(m, magic, sizeof(magic)) != 0)
		return false;
	rd_copy(&r, ret->session, SESSION_LEN);
	ret->first = rd_u64(&r);
	ret->count = rd_u32(&r);
	ret->len = rd_u32(&r);
	return ret->count && ret->len <= WAL_RECORD_MAX && padded(ret->len) <= l->size - at && ret->first &&
	       ret->first <= UINT64_MAX - ret->count;
}

/* record_open: reads and opens the record at `at`: ERR_NOTFOUND when there is no valid one. Its payload stays in
 * `record`. */
static err_t record_open(struct wal *l, size_t at, const struct header *h)
{
	struct buf *g = &l->record;
	buf_clear(g);
	size_t n = HEADER + h->len + TAG_LEN;
	if (!buf_extend(g, n))
		return ERR_NOMEM;
	err_t e = read_at(l, at, g->p, n);
	if (e)
		return e;
	cleanup(key_wipe) struct key k = { 0 };
	e = seal_log_key(l->seal, h->session, &k);
	if (e)
		return e;
	cleanup(aead_freep) struct aead *a = aead_new(seal_cipher(l->seal), &k);
	if (!a)
		return ERR_NOMEM;
	uint8_t nonce[NONCE_LEN];
	nonce_of(h->first, nonce);
	e = aead_open(a, nonce, SPAN(g->p, HEADER), SPAN(g->p + HEADER, h->len), g->p + HEADER + h->len, g->p + HEADER);
	return e == ERR_DAMAGED ? ERR_NOTFOUND : e;
}

static err_t record_at(struct wal *l, size_t at, struct header *ret)
{
	uint8_t b[HEADER];
	err_t e = read_at(l, at, b, sizeof(b));
	if (e)
		return e;
	return header_parse(l, at, b, ret) ? record_open(l, at, ret) : ERR_NOTFOUND;
}

/* deliver: the ops of the open record newer than `base_seq`. */
static err_t deliver(const struct wal *l, const struct header *h, uint64_t base_seq, wal_visit fn, void *ctx)
{
	struct rd r = RD(SPAN(l->record.p + HEADER, h->len));
	for (uint64_t seq = h->first; seq <= header_last(h); seq++) {
		unsigned kind = rd_u8(&r), table = kind & ~OP_DEL;
		struct span key = rd_blob16(&r), value = rd_blob32(&r);
		if (r.bad || table >= MAP_TABLES || !key.len || key.len > MAP_KEY_MAX || value.len > MAP_VALUE_MAX)
			return ERR_DAMAGED;
		if (seq <= base_seq)
			continue;
		err_t e = fn(ctx, (enum map_table)table, kind & OP_DEL, key, value, seq == header_last(h));
		if (e)
			return e;
	}
	return rd_end(&r) ? ERR_OK : ERR_DAMAGED;
}

/* replay_run: delivers the run of records from the start; *ret_at is where it ends, *ret_reached its last op. */
static err_t replay_run(struct wal *l, uint64_t base_seq, wal_visit fn, void *ctx, size_t *ret_at,
                        uint64_t *ret_reached)
{
	struct header h, before = { 0 };
	size_t at = 0;
	uint64_t reached = base_seq;
	err_t e = ERR_OK;
	while (l->size - at >= PAGE) {
		e = record_at(l, at, &h);
		if (e)
			break;
		bool follows = !before.count || (h.first == header_last(&before) + 1 &&
		                                 memcmp(h.session, before.session, SESSION_LEN) == 0);
		if (!follows || h.first > reached + 1)
			break;
		if (header_last(&h) > reached) {
			e = deliver(l, &h, base_seq, fn, ctx);
			if (e)
				return e;
			reached = header_last(&h);
		}
		before = h;
		at += padded(h.len);
	}
	*ret_at = at;
	*ret_reached = reached;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* lost: is there a valid record behind `at` with ops newer than `reached`? ERR_DAMAGED if so. */
static err_t lost(struct wal *l, size_t at, uint64_t reached)
{
	size_t step = 1u << 20;
	cleanup_free uint8_t *chunk = malloc(step);
	if (!chunk)
		return ERR_NOMEM;
	for (; at < l->size; at += step) {
		size_t n = MIN(step, l->size - at);
		err_t e = read_at(l, at, chunk, n);
		if (e)
			return e;
		for (size_t i = 0; i < n; i += PAGE) {
			struct header h;
			if (!header_parse(l, at + i, chunk + i, &h) || header_last(&h) <= reached)
				continue;
			e = record_open(l, at + i, &h);
			if (e != ERR_NOTFOUND)
				return e ? e : ERR_DAMAGED;
		}
	}
	return ERR_OK;
}

err_t wal_replay(struct wal *l, uint64_t base_seq, wal_visit fn, void *ctx)
{
	size_t at = 0;
	uint64_t reached = base_seq;
	err_t e = replay_run(l, base_seq, fn, ctx, &at, &reached);
	if (!e)
		e = lost(l, at, reached);
	buf_wipe_free(&l->record);
	l->logged = reached; /* the caller commits before it appends */
	return e;
}
