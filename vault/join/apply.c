/* SPDX-License-Identifier: MIT */
#include "vault/join/apply.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/fold.h"
#include "vault/join/group_join.h"
#include "vault/join/known.h"
#include "vault/join/shared_key.h"

#include <stdlib.h>

struct inos {
	uint64_t *v;
	size_t n, cap;
};

static void inos_free(struct inos *s)
{
	free(s->v);
}

static int ino_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* is_folded: kinds that hold versions of a file. */
static bool is_folded(struct span key, uint64_t *ino)
{
	struct shared_name n;
	if (shared_key_parse(key, &n) || n.kind == SHARED_LINK || n.kind == SHARED_XATTR)
		return false;
	*ino = n.ino;
	return true;
}

static bool all_shared(const struct records *delta)
{
	for (size_t i = 0; i < delta->n; i++)
		if (!shared_key_is(records_key(delta->v[i])))
			return false;
	return true;
}

static err_t join_plain(const struct view *state, const struct records_entry *x, struct records *out)
{
	cleanup(buf_wipe_free) struct buf now = BUF_INIT, sum = BUF_INIT;
	err_t e = state->get(state->ctx, records_key(x), &now);
	if (e && e != ERR_NOTFOUND)
		return e;
	e = record_join(buf_span(&now), buf_span(&x->value), &sum);
	if (e || span_cmp(buf_span(&now), buf_span(&sum)) == 0)
		return e;
	return records_put(out, records_key(x), buf_span(&sum));
}

/* join_each: all but what is folded, whose inode numbers it notes. */
static err_t join_each(const struct view *state, const struct records *delta, struct records *out, struct inos *folded)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < delta->n; i++) {
		const struct records_entry *x = delta->v[i];
		uint64_t ino;
		e = x->gone ? ERR_DAMAGED : known_check(records_key(x), buf_span(&x->value));
		if (e == ERR_VERSION)
			e = ERR_OK; /* carried whole */
		if (e)
			return e;
		if (!is_folded(records_key(x), &ino))
			e = join_plain(state, x, out);
		else if (vec_room(folded->v, folded->n, 1, &folded->cap))
			folded->v[folded->n++] = ino;
		else
			e = ERR_NOMEM;
	}
	return e;
}

err_t join_apply(const struct view *state, const struct records *delta, struct records *out)
{
	cleanup(inos_free) struct inos folded = { 0 };
	struct view other = records_view(delta);
	err_t e = all_shared(delta) ? join_each(state, delta, out, &folded) : ERR_DAMAGED;
	if (!e && folded.n)
		qsort(folded.v, folded.n, sizeof(*folded.v), ino_order);
	for (size_t i = 0; !e && i < folded.n; i++)
		if (i == 0 || folded.v[i] != folded.v[i - 1])
			e = fold_join(state, &other, folded.v[i], out);
	return e;
}
