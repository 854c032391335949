/* SPDX-License-Identifier: MIT
 * What others do to the base of a map that is closed.
 */
#pragma once

#include "tests/unit/cache_util.h"

#include <lmdb.h>

/* behind: the map's back: one table of its base, in a transaction. */
static inline MDB_txn *behind(const struct place *p, const char *table, MDB_dbi *ret)
{
	MDB_env *env;
	MDB_txn *t;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
	assert_int_equal(mdb_env_open(env, p->dir, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &t), 0);
	assert_int_equal(mdb_dbi_open(t, table, 0, ret), 0);
	return t;
}
static inline void behind_end(MDB_txn *t)
{
	MDB_env *env = mdb_txn_env(t);
	assert_int_equal(mdb_txn_commit(t), 0);
	mdb_env_close(env);
}

/* change_cell: flips a bit of a stored cell of records, or moves it to another key. */
static inline void change_cell(const struct place *p, struct span key, struct span to_key)
{
	MDB_dbi dbi;
	MDB_txn *t = behind(p, "tree", &dbi);
	MDB_val k = { key.len, (void *)(uintptr_t)key.p }, v, k2 = { to_key.len, (void *)(uintptr_t)to_key.p };
	assert_int_equal(mdb_get(t, dbi, &k, &v), 0);
	cleanup_free uint8_t *copy = malloc(v.mv_size);
	memcpy(copy, v.mv_data, v.mv_size);
	if (span_cmp(key, to_key) == 0)
		copy[v.mv_size - 3] ^= 4;
	v.mv_data = copy;
	assert_int_equal(mdb_put(t, dbi, &k2, &v, 0), 0);
	behind_end(t);
}
