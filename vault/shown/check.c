/* SPDX-License-Identifier: MIT */
#include "vault/shown/check.h"

#include "util/cleanup.h"
#include "vault/shown/scratch.h"
#include "vault/shown/shown_key.h"

void shown_checked_free(struct shown_checked *c)
{
	buf_free(&c->key);
}

/* who: no record says how somebody is called. */
static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	(void)ctx, (void)root;
	conflict_who(span_str("?"), time, out);
}

static err_t add(void *ctx, struct span key, struct span value)
{
	return records_put(ctx, key, value);
}

static err_t read_local(const struct view *local, struct records *ret)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < SHOWN_KINDS_N; i++)
		e = local->scan(local->ctx, SPAN(&shown_kinds[i], 1), SPAN(NULL, 0), add, ret);
	return e;
}

static err_t derive(const struct view *shared, const struct namehash *hash, struct records *ret)
{
	static const struct tree_naming naming = { .who = who };
	cleanup(tree_freep) struct tree *t = NULL;
	err_t e = tree_build(shared, &naming, &t);
	return e ? e : scratch_shown(t, hash, ret);
}

/* compare: at `i` both, or one of them. */
static enum shown_found compare(const struct records *is, const struct records *want, size_t i)
{
	if (i == is->n || i == want->n)
		return i < want->n ? SHOWN_LACKS : SHOWN_MORE;
	int order = span_cmp(records_key(is->v[i]), records_key(want->v[i]));
	if (order)
		return order > 0 ? SHOWN_LACKS : SHOWN_MORE;
	return span_cmp(buf_span(&is->v[i]->value), buf_span(&want->v[i]->value)) ? SHOWN_OTHER : SHOWN_FINE;
}

err_t shown_check(const struct view *shared, const struct view *local, const struct namehash *hash,
                  struct shown_checked *ret)
{
	cleanup(records_free) struct records is = RECORDS_INIT, want = RECORDS_INIT;
	err_t e = read_local(local, &is);
	if (!e)
		e = derive(shared, hash, &want);
	if (e)
		return e;
	cleanup(shown_checked_free) struct shown_checked c = { .records = is.n, .wanted = want.n };
	for (size_t i = 0; c.found == SHOWN_FINE && (i < is.n || i < want.n); i++) {
		c.found = compare(&is, &want, i);
		struct span key = c.found == SHOWN_LACKS || i == is.n ? records_key(want.v[i]) : records_key(is.v[i]);
		if (c.found != SHOWN_FINE)
			buf_put(&c.key, key.p, key.len);
	}
	e = buf_ok(&c.key);
	if (e)
		return e;
	*ret = c;
	c.key = BUF_INIT;
	return ERR_OK;
}
