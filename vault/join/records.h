/* SPDX-License-Identifier: MIT
 * A table from key to value in memory, ascending by key: what a changeset says, what a join changes, a state in a test.
 * A key can also be said to be gone, which hides it in what is below (struct records_over). Not for several threads.
 */
#pragma once

#include "vault/join/view.h"

struct records_entry {
	struct buf value;
	bool gone;
	uint16_t len;
	uint8_t key[];
};
static inline struct span records_key(const struct records_entry *e)
{
	return SPAN(e->key, e->len);
}
struct records {
	struct records_entry **v;
	size_t n, cap;
};
#define RECORDS_INIT ((struct records){ 0 })
void records_free(struct records *t); /* wipes the values */
/* records_at: the first entry not before `key`: t->n if none. records_find: NULL: nothing said of it. */
size_t records_at(const struct records *t, struct span key);
const struct records_entry *records_find(const struct records *t, struct span key);
/* records_put: copies; records_gone: says that it is gone; records_drop: says nothing of it any more. ERR_NOMEM,
 * ERR_LIMIT: a key over 255 bytes. */
MUST_CHECK err_t records_put(struct records *t, struct span key, struct span value);
MUST_CHECK err_t records_gone(struct records *t, struct span key);
void records_drop(struct records *t, struct span key);
/* records_add_all: all that `more` says. ERR_NOMEM: some of it. */
MUST_CHECK err_t records_add_all(struct records *t, const struct records *more);
/* records_apply: puts what `changes` puts and drops what it says is gone: a table that is a whole state. ERR_NOMEM:
 * some of it. */
MUST_CHECK err_t records_apply(struct records *t, const struct records *changes);

/* records_view: what is in it; as long as `t` lives and stays where it is. */
struct view records_view(const struct records *t);

/* What is below, with what a table says before it. */
struct records_over {
	const struct view *below;
	struct records changes;
};
/* records_over_view: as long as `l` lives and stays where it is. */
struct view records_over_view(const struct records_over *l);
