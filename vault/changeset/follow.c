/* SPDX-License-Identifier: MIT */
#include "vault/changeset/follow.h"

err_t follow_changes(const struct follow *f, const struct view *published, const struct records *changes,
                     struct batch *b)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct records_entry *x = changes->v[i];
		if (x->gone)
			batch_del(b, MAP_RECORDS, records_key(x));
		else
			batch_put(b, MAP_RECORDS, records_key(x), buf_span(&x->value));
	}
	return f && f->fn ? f->fn(f->ctx, published, changes, b) : ERR_OK;
}

void follow_end(const struct follow *f, bool applied)
{
	if (f && f->end)
		f->end(f->ctx, applied);
}
