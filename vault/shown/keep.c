/* SPDX-License-Identifier: MIT */
#include "vault/shown/keep.h"

#include "util/cleanup.h"
#include "vault/join/shared_key.h"
#include "vault/shown/update.h"

#include <stdlib.h>

err_t keep_begin(struct keep *k, const struct draft *draft, const struct view *local, const struct namehash *hash)
{
	*k = (struct keep){ .draft = draft, .hash = hash };
	k->before.below = draft->over.below;
	k->before_view = records_over_view(&k->before);
	k->over.below = local;
	k->local = records_over_view(&k->over);
	return records_add_all(&k->before.changes, &draft->over.changes);
}

void keep_end(struct keep *k)
{
	records_free(&k->before.changes);
	records_free(&k->over.changes);
	u64s_free(&k->touched);
	u64s_free(&k->fresh);
	u64s_free(&k->gone);
}

err_t keep_touch(struct keep *k, uint64_t ino, bool fresh)
{
	err_t e = fresh ? u64s_add(&k->fresh, ino) : ERR_OK;
	return e == ERR_OK ? u64s_add(&k->touched, ino) : e;
}

static bool begins(struct span key, struct span prefix)
{
	return key.len >= prefix.len && __builtin_memcmp(key.p, prefix.p, prefix.len) == 0;
}

/* What the draft says of one kind of records of an inode is what it says from now on. */
static err_t now_is_before(struct keep *k, enum shared_kind kind, uint64_t ino)
{
	const struct records *now = &k->draft->over.changes;
	struct records *before = &k->before.changes;
	const struct shared_key key = shared_key_ino(kind, ino);
	const struct span prefix = shared_key_span(&key);
	err_t e = ERR_OK;
	for (size_t i = records_at(before, prefix); i < before->n && begins(records_key(before->v[i]), prefix);)
		records_drop(before, records_key(before->v[i]));
	for (size_t i = records_at(now, prefix); e == ERR_OK && i < now->n && begins(records_key(now->v[i]), prefix);
	     i++) {
		const struct records_entry *x = now->v[i];
		e = x->gone ? records_gone(before, records_key(x))
		            : records_put(before, records_key(x), buf_span(&x->value));
	}
	return e;
}

static err_t keep_before(struct keep *k)
{
	static const enum shared_kind kinds[] = { SHARED_INODE, SHARED_LINK, SHARED_SIBLING, SHARED_VERSION };
	err_t e = ERR_OK;
	for (size_t i = 0; i < k->touched.n; i++)
		for (size_t n = 0; e == ERR_OK && n < ARRAY_LEN(kinds); n++)
			e = now_is_before(k, kinds[n], k->touched.v[i]);
	k->touched.n = k->fresh.n = 0;
	return e;
}

err_t keep_update(struct keep *k)
{
	cleanup(records_free) struct records changes = RECORDS_INIT;
	if (!k->touched.n)
		return ERR_OK;
	u64s_sort(&k->touched);
	u64s_sort(&k->fresh);
	const struct shown_change change = {
		.before = &k->before_view,
		.after = draft_view(k->draft),
		.local = &k->local,
		.hash = k->hash,
		.inos = &k->touched,
		.fresh = &k->fresh,
		.changed = { &k->draft->over.changes, &k->before.changes },
		.drawn = true,
		.gone = &k->gone,
	};
	err_t e = update_shown(&change, &changes);
	if (e == ERR_OK)
		e = keep_before(k);
	return e == ERR_OK ? records_add_all(&k->over.changes, &changes) : e;
}
