/* SPDX-License-Identifier: MIT
 * The durable floor under the memtables, as a small interface with two makers: LMDB, and a fake in memory for tests.
 * One write transaction at a time (the caller's lock); read transactions see the state they were begun at, on any
 * thread, one thread at a time each. Spans handed out point into the base and live until the transaction ends or
 * writes; copy them with base_copy, since reading a mapped file can fail.
 */
#pragma once

#include "cache/map.h"

enum base_table { BASE_META = MAP_TABLES, BASE_TABLES };

struct base {
	const struct base_ops *ops;
};
struct base_txn {
	const struct base_ops *ops;
	struct base *base;
};
struct base_cursor {
	const struct base_ops *ops;
};
struct base_room {
	uint64_t bytes;   /* that could still be written: free on the disk, extended ahead, free inside the file */
	uint64_t records; /* that the records take, as of the last commit */
};
struct base_ops {
	void (*close)(struct base *b);
	/* Read transactions are made once, then renewed and reset many times. A new one is reset. */
	err_t (*read_new)(struct base *b, struct base_txn **ret);
	err_t (*read_renew)(struct base_txn *x);
	void (*read_reset)(struct base_txn *x);
	void (*read_free)(struct base_txn *x);
	/* extend: has at least `slack` bytes ready for the next transactions, if the disk gives them. */
	void (*extend)(struct base *b, uint64_t slack);
	err_t (*write_begin)(struct base *b, struct base_txn **ret);
	err_t (*write_commit)(struct base_txn *x); /* durable; ends the transaction whatever it returns */
	void (*write_abort)(struct base_txn *x);
	uint64_t (*version)(const struct base_txn *x); /* grows with each commit that changed something */
	err_t (*get)(struct base_txn *x, unsigned table, struct span key, struct span *ret);
	/* put: replaces the value of `key` by `len` bytes, which the caller writes to *ret before its next call. */
	err_t (*put)(struct base_txn *x, unsigned table, struct span key, size_t len, uint8_t **ret);
	err_t (*del)(struct base_txn *x, unsigned table, struct span key); /* ERR_OK also when absent */
	err_t (*cursor_new)(struct base_txn *x, unsigned table, struct base_cursor **ret);
	/* seek: first key >= `key`; next: the one after the last given. ERR_NOTFOUND at the end. */
	err_t (*seek)(struct base_cursor *c, struct span key, struct span *ret_key, struct span *ret_value);
	err_t (*next)(struct base_cursor *c, struct span *ret_key, struct span *ret_value);
	void (*cursor_free)(struct base_cursor *c);
	err_t (*copy)(void *to, struct span from);
	uint64_t (*bytes)(struct base *b); /* size of what is in use */
	void (*room)(struct base *b, struct base_room *ret);
};

static inline void base_freep(struct base **b)
{
	if (*b)
		(*b)->ops->close(*b);
	*b = NULL;
}
static inline void base_cursor_freep(struct base_cursor **c)
{
	if (*c)
		(*c)->ops->cursor_free(*c);
	*c = NULL;
}
