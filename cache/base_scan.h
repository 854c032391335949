/* SPDX-License-Identifier: MIT
 * Scanning one table of a base transaction.
 */
#pragma once

#include "cache/base.h"
#include "cache/seal.h"

#include <string.h>

/* One base cursor whose current record is copied out of the base before anybody sees it. */
struct base_iter {
	struct base_cursor *c;
	uint8_t key[MAP_KEY_MAX];
	size_t key_len;
	struct span cell; /* in the base, until the cursor moves */
	bool end;
};
MUST_CHECK err_t iter_seek(struct base_txn *t, struct base_iter *it, unsigned table, struct span from);
MUST_CHECK err_t iter_next(const struct base_txn *t, struct base_iter *it);
static inline struct span iter_key(const struct base_iter *it)
{
	return SPAN(it->key, it->key_len);
}

struct values { /* scratch of a scan */
	struct buf cell, value;
};
static inline void values_free(struct values *v)
{
	buf_wipe_free(&v->cell);
	buf_wipe_free(&v->value);
}
struct base_view { /* a base transaction to be scanned */
	struct map *m;
	struct base_txn *txn;
	struct opener *opener;
};
/* iter_value: the record's value, p NULL when it does not authenticate. */
MUST_CHECK err_t iter_value(const struct base_view *b, unsigned table, const struct base_iter *it, struct values *v,
                            struct span *ret);
/* scan_base: records of one table of a base transaction, decoded. */
MUST_CHECK err_t scan_base(const struct base_view *b, unsigned table, struct span prefix, struct span from,
                           map_visit fn, void *ctx);

static inline bool key_has_prefix(struct span key, struct span prefix)
{
	return key.len >= prefix.len && (!prefix.len || memcmp(key.p, prefix.p, prefix.len) == 0);
}
static inline struct span span_max(struct span a, struct span b)
{
	return span_cmp(a, b) < 0 ? b : a;
}
/* visited_error: what a scan ends with when its visitor answers that it is to end. */
static inline err_t visited_error(int answer)
{
	return answer == MAP_STOP ? ERR_OK : (err_t)answer;
}
