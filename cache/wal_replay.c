/* SPDX-License-Identifier: MIT
 * Reading the write-ahead log back.
 *
 * The run: valid records from the beginning of the file on, of one session, whose ops follow on each other and on the
 * base. What ends it is the end of what was logged: nothing; a torn record that nobody was told about; or a record of
 * the pass before. But a valid record behind it with newer ops shows that something between is damaged: that is said.
 */
#include "cache/wal_replay.h"

#include "cache/wal_record.h"
#include "cache/wal_struct.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <string.h>

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

/* record_open: reads and opens the record at `at`: ERR_NOTFOUND when there is no valid one. Its payload stays in
 * `record`. */
static err_t record_open(struct wal *l, size_t at, const struct wal_header *h)
{
	size_t n = WAL_HEADER + h->len + TAG_LEN;
	buf_clear(&l->record);
	if (!buf_extend(&l->record, n))
		return ERR_NOMEM;
	err_t e = read_at(l, at, l->record.p, n);
	return e ? e : wal_record_unseal(l->seal, h, &l->record);
}

static err_t record_at(struct wal *l, size_t at, struct wal_header *ret)
{
	uint8_t b[WAL_HEADER];
	err_t e = read_at(l, at, b, sizeof(b));
	if (e)
		return e;
	return wal_header_parse(b, l->size - at, ret) ? record_open(l, at, ret) : ERR_NOTFOUND;
}

/* deliver: the ops of the open record newer than `base_seq`. */
static err_t deliver(const struct wal *l, const struct wal_header *h, uint64_t base_seq, wal_visit fn, void *ctx)
{
	struct rd r = RD(SPAN(l->record.p + WAL_HEADER, h->len));
	for (uint64_t seq = h->first; seq <= wal_header_last(h); seq++) {
		unsigned kind = rd_u8(&r), table = kind & ~WAL_OP_DEL;
		struct span key = rd_blob16(&r), value = rd_blob32(&r);
		if (r.bad || table >= MAP_TABLES || !key.len || key.len > MAP_KEY_MAX || value.len > MAP_VALUE_MAX)
			return ERR_DAMAGED;
		if (seq <= base_seq)
			continue;
		err_t e = fn(ctx, (enum map_table)table, kind & WAL_OP_DEL, key, value, seq == wal_header_last(h));
		if (e)
			return e;
	}
	return rd_end(&r) ? ERR_OK : ERR_DAMAGED;
}

/* records_run: delivers the run of records from the start; *ret_at is where it ends, *ret_reached its last op. */
static err_t records_run(struct wal *l, uint64_t base_seq, wal_visit fn, void *ctx, size_t *ret_at,
                         uint64_t *ret_reached)
{
	struct wal_header h, before = { 0 };
	size_t at = 0;
	uint64_t reached = base_seq;
	err_t e = ERR_OK;
	while (l->size - at >= WAL_PAGE) {
		e = record_at(l, at, &h);
		if (e)
			break;
		bool follows = !before.count || (h.first == wal_header_last(&before) + 1 &&
		                                 memcmp(h.session, before.session, SESSION_LEN) == 0);
		if (!follows || h.first > reached + 1)
			break;
		if (wal_header_last(&h) > reached) {
			e = deliver(l, &h, base_seq, fn, ctx);
			if (e)
				return e;
			reached = wal_header_last(&h);
		}
		before = h;
		at += wal_record_size(h.len);
	}
	*ret_at = at;
	*ret_reached = reached;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* lost: is there a valid record behind `at` with ops newer than `reached`? ERR_DAMAGED if so. What is torn only looks
 * like one; a crash leaves one of these, so when all that look so together are longer than the file twice, somebody
 * else wrote here: ERR_DAMAGED too, and not an AEAD over megabytes for each page. */
static err_t lost(struct wal *l, size_t at, uint64_t reached)
{
	size_t step = 1u << 20, looks = 0;
	cleanup_free uint8_t *chunk = malloc(step);
	if (!chunk)
		return ERR_NOMEM;
	for (; at < l->size; at += step) {
		size_t n = MIN(step, l->size - at);
		err_t e = read_at(l, at, chunk, n);
		if (e)
			return e;
		for (size_t i = 0; i < n; i += WAL_PAGE) {
			struct wal_header h;
			if (!wal_header_parse(chunk + i, l->size - at - i, &h) || wal_header_last(&h) <= reached)
				continue;
			looks += wal_record_size(h.len);
			e = looks > 2 * l->size ? ERR_OK : record_open(l, at + i, &h);
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
	err_t e = records_run(l, base_seq, fn, ctx, &at, &reached);
	if (!e)
		e = lost(l, at, reached);
	buf_wipe_free(&l->record);
	l->logged = reached; /* the caller commits before it appends */
	return e;
}
