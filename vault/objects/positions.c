/* SPDX-License-Identifier: MIT
 * Stream positions: sorted when they are written, checked for order when they are read.
 */
#include "vault/objects/positions.h"

#include "util/cleanup.h"

#include <string.h>

static int by_stream(const void *a, const void *b)
{
	return id_cmp(((const struct stream_pos *)a)->stream, ((const struct stream_pos *)b)->stream);
}

static bool ascending(const struct stream_pos *list, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (by_stream(&list[i - 1], &list[i]) >= 0)
			return false;
	return true;
}

err_t positions_put(struct buf *out, const struct stream_pos *list, size_t n)
{
	if (n > STREAMS_MAX)
		return ERR_INVAL;
	cleanup_free struct stream_pos *sorted = calloc(n + 1, sizeof(*sorted));
	if (!sorted)
		return ERR_NOMEM;
	if (n)
		memcpy(sorted, list, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_stream);
	if (!ascending(sorted, n))
		return ERR_INVAL;
	buf_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		buf_id(out, sorted[i].stream);
		buf_u64(out, sorted[i].n);
		buf_hash(out, sorted[i].hash);
	}
	return buf_ok(out);
}

bool positions_count(struct rd *r, size_t *n)
{
	*n = rd_u32(r);
	return !r->bad && *n <= STREAMS_MAX && *n <= r->left / POSITION_LEN;
}

bool positions_get(struct rd *r, struct stream_pos *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		list[i].stream = rd_id(r);
		list[i].n = rd_u64(r);
		list[i].hash = rd_hash(r);
	}
	return !r->bad && ascending(list, n);
}
