/* SPDX-License-Identifier: MIT
 * Several closed changesets as one list of changes.
 */
#include "sync/publish/pending.h"

#include "sync/core/sync_struct.h"

/* --- several changesets as one --- */
static int forward_one(void *ctx, struct span key, struct span before, struct span after)
{
	return delta_add(ctx, key, before, after);
}

static bool others_changeset(const struct sync *s, uint64_t changeset)
{
	for (size_t i = 0; i < s->commits.n; i++) {
		if (s->commits.list[i].changeset == changeset)
			return true;
	}
	return false;
}

struct numbered {
	struct change c;
	size_t at;
};

static int numbered_order(const void *pa, const void *pb)
{
	const struct numbered *a = pa, *b = pb;
	int c = span_cmp(a->c.key, b->c.key);
	if (c)
		return c;
	return a->at < b->at ? -1 : 1;
}

static bool same_value(struct span a, struct span b)
{
	return !a.p == !b.p && (!a.p || span_cmp(a, b) == 0);
}

/* delta_merge: per key the value before the first change and after the last. */
static err_t delta_merge(struct delta *d, const struct delta *all, size_t n)
{
	cleanup_free struct numbered *list = calloc(n + 1, sizeof(*list));
	struct rd r = RD(buf_span(&all->b));
	err_t e = list ? ERR_OK : ERR_NOMEM;
	for (size_t i = 0; !e && i < n && delta_next(&r, &list[i].c); i++)
		list[i].at = i;
	if (!e)
		qsort(list, n, sizeof(*list), numbered_order);
	for (size_t i = 0, last; !e && i < n; i = last + 1) {
		for (last = i; last + 1 < n && span_cmp(list[i].c.key, list[last + 1].c.key) == 0;)
			last++;
		if (!same_value(list[i].c.before, list[last].c.after))
			e = delta_add(d, list[i].c.key, list[i].c.before, list[last].c.after);
	}
	return e;
}

err_t delta_pending(struct delta *d, struct sync *s)
{
	cleanup(delta_free) struct delta all = { .roster = false };
	struct change c;
	size_t n = 0;
	err_t e = ERR_OK;
	for (uint64_t changeset = s->st.uncommitted; !e && changeset && changeset <= s->st.uncommitted_last;
	     changeset++) {
		if (!others_changeset(s, changeset))
			e = map_delta(s->c.map, changeset, SPAN(NULL, 0), forward_one, &all);
	}
	for (struct rd r = RD(buf_span(&all.b)); !e && delta_next(&r, &c);)
		n++;
	return e ? e : delta_merge(d, &all, n);
}
