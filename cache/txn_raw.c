/* SPDX-License-Identifier: MIT
 * Stored cells inside a transaction. What the base says when it fails is remembered: such a transaction cannot be
 * committed.
 */
#include "cache/txn_raw.h"

#include "cache/map_txn_struct.h"

err_t base_said(struct map_txn *x, err_t e)
{
	if (e && e != ERR_NOTFOUND && !x->base_failed)
		x->base_failed = e;
	return e;
}

err_t raw_get(struct map_txn *x, unsigned table, struct span key, struct span *ret)
{
	return base_said(x, x->t->ops->get(x->t, table, key, ret));
}

err_t raw_put(struct map_txn *x, unsigned table, struct span key, size_t len, uint8_t **ret)
{
	return base_said(x, x->t->ops->put(x->t, table, key, len, ret));
}

err_t raw_del(struct map_txn *x, unsigned table, struct span key)
{
	return base_said(x, x->t->ops->del(x->t, table, key));
}

static err_t copy_cell(struct map_txn *x, struct span cell, struct buf *out)
{
	buf_clear(out);
	uint8_t *to = buf_extend(out, cell.len);
	if (cell.len && !to)
		return base_said(x, ERR_NOMEM);
	return cell.len ? base_said(x, x->t->ops->copy(to, cell)) : ERR_OK;
}

err_t raw_copy(struct map_txn *x, unsigned table, struct span key, struct buf *out)
{
	struct span cell;
	err_t e = raw_get(x, table, key, &cell);
	return e ? e : copy_cell(x, cell, out);
}
