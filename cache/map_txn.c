/* SPDX-License-Identifier: MIT
 * Reading and changing the base inside one transaction, blocks counted.
 */
#include "cache/map_txn.h"

#include "cache/base_scan.h"
#include "cache/map_struct.h"
#include "cache/map_txn_struct.h"
#include "cache/txn_raw.h"
#include "util/cleanup.h"

/* count_block: keeps the totals right when a block comes, changes or goes. */
static err_t count_block(struct map_txn *x, struct span key, const size_t *new_len)
{
	struct span cell;
	uint8_t head[CELL_HEAD] = { 0 };
	err_t e = raw_get(x, MAP_BLOCK, key, &cell);
	if (!e) {
		e = base_said(x, x->t->ops->copy(head, SPAN(cell.p, MIN(cell.len, sizeof(head)))));
		if (e)
			return e;
		struct rd r = RD(SPAN(head, sizeof(head)));
		uint64_t old = rd_u32(&r);
		x->state.block_bytes -= MIN(old, x->state.block_bytes);
		x->state.blocks -= x->state.blocks != 0;
	} else if (e != ERR_NOTFOUND) {
		return e;
	}
	if (new_len) {
		x->state.block_bytes += *new_len;
		x->state.blocks++;
	}
	return ERR_OK;
}

static err_t put_any(struct map_txn *x, unsigned table, struct span key, struct span value)
{
	uint8_t *to;
	err_t e = table == MAP_BLOCK ? count_block(x, key, &value.len) : ERR_OK;
	if (!e)
		e = raw_put(x, table, key, cell_size(x->m->seal, table, value.len), &to);
	return e ? e : base_said(x, cell_write(x->m->seal, table, key, value, to));
}

static err_t del_any(struct map_txn *x, unsigned table, struct span key)
{
	err_t e = table == MAP_BLOCK ? count_block(x, key, NULL) : ERR_OK;
	return e ? e : raw_del(x, table, key);
}

static bool args_fit(enum map_table t, struct span key, size_t len)
{
	return (unsigned)t < MAP_TABLES && key.len && key.len <= MAP_KEY_MAX && len <= MAP_VALUE_MAX;
}

err_t map_txn_put(struct map_txn *x, enum map_table t, struct span key, struct span value)
{
	return args_fit(t, key, value.len) ? put_any(x, t, key, value) : ERR_LIMIT;
}

err_t map_txn_del(struct map_txn *x, enum map_table t, struct span key)
{
	return args_fit(t, key, 0) ? del_any(x, t, key) : ERR_LIMIT;
}

err_t map_txn_get(struct map_txn *x, enum map_table t, struct span key, struct buf *out)
{
	if (!args_fit(t, key, 0))
		return ERR_LIMIT;
	err_t e = raw_copy(x, t, key, &x->cell);
	return e ? e : cell_read(x->m->seal, x->opener, t, key, buf_span(&x->cell), out);
}

err_t map_txn_scan(struct map_txn *x, enum map_table t, struct span prefix, struct span from, map_visit fn, void *ctx)
{
	struct base_view b = { x->m, x->t, x->opener };
	return scan_base(&b, t, prefix, from, fn, ctx);
}
