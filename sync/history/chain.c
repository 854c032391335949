/* SPDX-License-Identifier: MIT
 * The choice of the main chain. Reachability from the base in one pass over the records in order of height.
 */
#include "sync/history/chain.h"

#include "util/cleanup.h"

#include <string.h>

struct mark {
	const struct commit_record *record;
	bool reached;
};

bool chain_better(const struct commit_record *a, const struct commit_record *b)
{
	if (a->height != b->height)
		return a->height > b->height;
	return hash_cmp(a->hash, b->hash) < 0;
}

static int mark_order(const void *pa, const void *pb)
{
	const struct commit_record *a = ((const struct mark *)pa)->record, *b = ((const struct mark *)pb)->record;
	if (a->height != b->height)
		return a->height < b->height ? -1 : 1;
	return hash_cmp(a->hash, b->hash);
}

/* mark_find: the mark with that height and hash, among marks in mark_order. */
static const struct mark *mark_find(const struct mark *marks, size_t n, uint64_t height, struct hash hash)
{
	size_t lo = 0;
	while (n > 0) {
		const struct commit_record *at = marks[lo + n / 2].record;
		int c = (at->height > height) - (at->height < height);
		if (c == 0)
			c = hash_cmp(at->hash, hash);
		if (c == 0)
			return &marks[lo + n / 2];
		if (c < 0) {
			lo += n / 2 + 1;
			n -= n / 2 + 1;
		} else {
			n /= 2;
		}
	}
	return NULL;
}

err_t chain_choose(const struct commit_record *records, size_t n, struct hash base, const struct commit_record **ret)
{
	cleanup_free struct mark *marks = calloc(n + 1, sizeof(*marks));
	const struct commit_record *best = NULL;
	if (!marks)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		marks[i].record = &records[i];
	qsort(marks, n, sizeof(*marks), mark_order);
	for (size_t i = 0; i < n; i++) {
		const struct commit_record *at = marks[i].record;
		if (hash_eq(at->hash, base)) {
			marks[i].reached = true;
		} else if (at->height > 0) {
			const struct mark *up = mark_find(marks, i, at->height - 1, at->parent);
			marks[i].reached = up && up->reached;
		}
		if (marks[i].reached && (!best || chain_better(at, best)))
			best = at;
	}
	*ret = best;
	return ERR_OK;
}
