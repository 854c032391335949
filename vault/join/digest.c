/* SPDX-License-Identifier: MIT */
#include "vault/join/digest.h"

#include "util/cleanup.h"
#include "vault/join/shared_key.h"

static err_t add_visit(void *ctx, struct span key, struct span value)
{
	return shared_key_is(key) ? lthash_add(ctx, key, value) : ERR_OK;
}

err_t digest_state(struct lthash *h, const struct view *state)
{
	struct lthash sum = { 0 };
	err_t e = state->scan(state->ctx, SPAN(NULL, 0), SPAN(NULL, 0), add_visit, &sum);
	if (!e)
		*h = sum;
	return e;
}

/* change: one record, from what it was to what it becomes. */
static err_t change(struct lthash *h, const struct view *state, const struct records_entry *x)
{
	cleanup(buf_wipe_free) struct buf before = BUF_INIT;
	err_t e = state->get(state->ctx, records_key(x), &before);
	if (e && e != ERR_NOTFOUND)
		return e;
	e = e ? ERR_OK : lthash_remove(h, records_key(x), buf_span(&before));
	return e || x->gone ? e : lthash_add(h, records_key(x), buf_span(&x->value));
}

err_t digest_change(struct lthash *h, const struct view *state, const struct records *changes)
{
	struct lthash sum = *h;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < changes->n; i++)
		if (shared_key_is(records_key(changes->v[i])))
			e = change(&sum, state, changes->v[i]);
	if (!e)
		*h = sum;
	return e;
}
