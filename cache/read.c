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

/* bare_length: of an unsealed value in the base. ERR_DAMAGED: it is none. */
static err_t bare_length(struct map *m, struct reader *r, unsigned table, struct span cell, size_t *ret)
{
	uint8_t head[CELL_HEAD];
	if (cell.len < sizeof(head))
		return ERR_DAMAGED;
	err_t e = r->txn->ops->copy(head, SPAN(cell.p, sizeof(head)));
	if (e)
		return e;
	struct rd rd = RD(SPAN(head, sizeof(head)));
	*ret = rd_u32(&rd);
	return *ret > MAP_VALUE_MAX || cell_size(m->seal, table, *ret) != cell.len ? ERR_DAMAGED : ERR_OK;
}

/* bare_copy: `len` bytes at `off` of it; one copy. */
static err_t bare_copy(struct reader *r, struct span cell, size_t off, size_t len, void *out)
{
	return len ? r->txn->ops->copy(out, SPAN((const uint8_t *)cell.p + CELL_HEAD + off, len)) : ERR_OK;
}

/* bare_get: an unsealed value straight from the base into `out`. */
static err_t bare_get(struct map *m, struct reader *r, unsigned table, struct span cell, struct buf *out)
{
	size_t n;
	err_t e = bare_length(m, r, table, cell, &n);
	if (e)
		return e;
	buf_clear(out);
	uint8_t *to = buf_extend(out, n);
	if (n && !to)
		return ERR_NOMEM;
	return bare_copy(r, cell, 0, n, to);
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

static bool range_inside(const struct map_range *r, size_t total)
{
	return r->off <= total && r->len <= total - r->off;
}

static err_t peek_span(struct span value, const struct map_range *range, void *out, size_t *ret_total)
{
	if (!range_inside(range, value.len))
		return ERR_LIMIT;
	if (range->len)
		memcpy(out, (const uint8_t *)value.p + range->off, range->len);
	*ret_total = value.len;
	return ERR_OK;
}

struct place { /* of a value in the base */
	struct map *m;
	struct reader *r;
	unsigned table;
	struct span key;
};

/* peek_bare: copies only the range. */
static err_t peek_bare(const struct place *p, const struct map_range *range, void *out, size_t *ret_total)
{
	struct span cell;
	size_t n;
	err_t e = p->r->txn->ops->get(p->r->txn, p->table, p->key, &cell);
	if (!e)
		e = bare_length(p->m, p->r, p->table, cell, &n);
	if (e)
		return e;
	if (!range_inside(range, n))
		return ERR_LIMIT;
	e = bare_copy(p->r, cell, range->off, range->len, out);
	if (!e)
		*ret_total = n;
	return e;
}

static err_t peek_base(const struct place *p, const struct map_range *range, void *out, size_t *ret_total)
{
	if (cell_bare(p->m->seal, p->table))
		return peek_bare(p, range, out, ret_total);
	cleanup(buf_wipe_free) struct buf value = BUF_INIT;
	err_t e = base_read(p->m, p->r, p->table, p->key, &value);
	return e ? e : peek_span(buf_span(&value), range, out, ret_total);
}

err_t map_peek(struct map *m, enum map_table t, struct span key, struct map_range range, void *out, size_t *ret_total)
{
	if (!key.len || key.len > MAP_KEY_MAX)
		return ERR_LIMIT;
	struct snap s = { 0 };
	size_t total = 0;
	err_t e = snap_begin(m, &s);
	if (e)
		return e;
	const struct mem_op *op = snap_find(&s, t, key);
	struct place p = { m, s.r, t, key };
	if (!op)
		e = peek_base(&p, &range, out, &total);
	else
		e = op->del ? ERR_NOTFOUND : peek_span(mem_op_value(op), &range, out, &total);
	snap_end(m, &s);
	if (!e && ret_total)
		*ret_total = total;
	return e;
}
