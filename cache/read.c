/* SPDX-License-Identifier: MIT
 * Reading single keys.
 */
#include "cache/read.h"

#include "cache/map_struct.h"
#include "cache/reader.h"
#include "util/cleanup.h"

static err_t cell_copy(struct reader *r, struct span cell)
{
	buf_clear(&r->cell);
	uint8_t *to = buf_extend(&r->cell, cell.len);
	if (cell.len && !to)
		return ERR_NOMEM;
	return cell.len ? r->txn->ops->copy(to, cell) : ERR_OK;
}

static err_t set_buf(struct buf *out, struct span value)
{
	buf_clear(out);
	buf_put(out, value.p, value.len);
	return buf_ok(out);
}

/* bare_get: an unsealed value straight from the base into `out`, one copy. */
static err_t bare_get(struct map *m, struct reader *r, unsigned table, struct span cell, struct buf *out)
{
	uint8_t head[CELL_HEAD];
	if (cell.len < sizeof(head))
		return ERR_DAMAGED;
	err_t e = r->txn->ops->copy(head, SPAN(cell.p, sizeof(head)));
	if (e)
		return e;
	struct rd rd = RD(SPAN(head, sizeof(head)));
	size_t n = rd_u32(&rd);
	if (n > MAP_VALUE_MAX || cell_size(m->seal, table, n) != cell.len)
		return ERR_DAMAGED;
	buf_clear(out);
	uint8_t *to = buf_extend(out, n);
	if (n && !to)
		return ERR_NOMEM;
	return n ? r->txn->ops->copy(to, SPAN((const uint8_t *)cell.p + CELL_HEAD, n)) : ERR_OK;
}

static err_t base_read(struct map *m, struct reader *r, unsigned table, struct span key, struct buf *out)
{
	struct span cell;
	err_t e = r->txn->ops->get(r->txn, table, key, &cell);
	if (e)
		return e;
	if (cell_bare(m->seal, table))
		return bare_get(m, r, table, cell, out);
	e = cell_copy(r, cell);
	return e ? e : cell_read(m->seal, r->opener, table, key, buf_span(&r->cell), out);
}

err_t map_get(struct map *m, enum map_table t, struct span key, struct buf *out)
{
	if (!key.len || key.len > MAP_KEY_MAX)
		return ERR_LIMIT;
	struct snap s = { 0 };
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	const struct mem_op *op = snap_find(&s, t, key);
	if (!op)
		e = base_read(m, s.r, t, key, out);
	else
		e = op->del ? ERR_NOTFOUND : set_buf(out, mem_op_value(op));
	snap_end(m, &s);
	return e;
}

err_t map_has(struct map *m, enum map_table t, struct span key)
{
	if (!key.len || key.len > MAP_KEY_MAX)
		return ERR_LIMIT;
	struct snap s = { 0 };
	struct span cell;
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	const struct mem_op *op = snap_find(&s, t, key);
	if (op)
		e = op->del ? ERR_NOTFOUND : ERR_OK;
	else
		e = s.r->txn->ops->get(s.r->txn, t, key, &cell);
	snap_end(m, &s);
	return e;
}

static err_t peek_span(struct span value, size_t off, size_t len, void *out, size_t *ret_total)
{
	if (off > value.len || len > value.len - off)
		return ERR_LIMIT;
	if (len)
		memcpy(out, (const uint8_t *)value.p + off, len);
	if (ret_total)
		*ret_total = value.len;
	return ERR_OK;
}

/* peek_bare: copies only the range. */
static err_t peek_bare(struct map *m, struct reader *r, unsigned table, struct span cell, size_t off, size_t len,
                       void *out, size_t *ret_total)
{
	uint8_t head[CELL_HEAD];
	if (cell.len < sizeof(head))
		return ERR_DAMAGED;
	err_t e = r->txn->ops->copy(head, SPAN(cell.p, sizeof(head)));
	if (e)
		return e;
	struct rd rd = RD(SPAN(head, sizeof(head)));
	size_t n = rd_u32(&rd);
	if (n > MAP_VALUE_MAX || cell_size(m->seal, table, n) != cell.len)
		return ERR_DAMAGED;
	if (off > n || len > n - off)
		return ERR_LIMIT;
	e = len ? r->txn->ops->copy(out, SPAN((const uint8_t *)cell.p + CELL_HEAD + off, len)) : ERR_OK;
	if (!e && ret_total)
		*ret_total = n;
	return e;
}

static err_t peek_base(struct map *m, struct reader *r, unsigned table, struct span key, size_t off, size_t len,
                       void *out, size_t *ret_total)
{
	struct span cell;
	if (cell_bare(m->seal, table)) {
		err_t e = r->txn->ops->get(r->txn, table, key, &cell);
		return e ? e : peek_bare(m, r, table, cell, off, len, out, ret_total);
	}
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = base_read(m, r, table, key, &value);
	return e ? e : peek_span(buf_span(&value), off, len, out, ret_total);
}

err_t map_peek(struct map *m, enum map_table t, struct span key, size_t off, size_t len, void *out, size_t *ret_total)
{
	if (!key.len || key.len > MAP_KEY_MAX)
		return ERR_LIMIT;
	struct snap s = { 0 };
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	const struct mem_op *op = snap_find(&s, t, key);
	if (!op)
		e = peek_base(m, s.r, t, key, off, len, out, ret_total);
	else
		e = op->del ? ERR_NOTFOUND : peek_span(mem_op_value(op), off, len, out, ret_total);
	snap_end(m, &s);
	return e;
}
