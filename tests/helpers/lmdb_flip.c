/* SPDX-License-Identifier: MIT
 * Damages local state from outside, while no daemon runs:
 *   lmdb-flip DIR TABLE PREFIX N     changes one byte of the N-th value whose key starts with PREFIX (hex, may be
 * empty) lmdb-flip DIR TABLE PREFIX all   of every such value lmdb-flip DIR TABLE PREFIX keys  prints these keys and
 * the sizes of their values instead Prints each key that it touched, in hex. Exits 1 when there was none.
 */
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 512

static void must(int rc, const char *what)
{
	if (!rc)
		return;
	fprintf(stderr, "lmdb-flip: %s: %s\n", what, mdb_strerror(rc));
	exit(2);
}

static size_t from_hex(const char *text, unsigned char *out)
{
	size_t n = strlen(text) / 2;
	for (size_t i = 0; i < n && i < KEY_MAX; i++) {
		unsigned b;
		if (sscanf(text + 2 * i, "%2x", &b) != 1)
			must(EINVAL, text);
		out[i] = (unsigned char)b;
	}
	return n;
}

static void say(const MDB_val *k, size_t size)
{
	for (size_t i = 0; i < k->mv_size; i++)
		printf("%02x", ((const unsigned char *)k->mv_data)[i]);
	printf(" %zu\n", size);
}

/* flip: a byte that is sealed (or, for blocks, ciphertext): behind the length, far from the padding at the end. */
static void flip(MDB_cursor *c, MDB_val *k, const MDB_val *v)
{
	unsigned char *copy = malloc(v->mv_size), *key = malloc(k->mv_size);
	MDB_val value = { v->mv_size, copy }, same = { k->mv_size, key };
	unsigned len = 0;
	if (!copy || !key)
		must(ENOMEM, "copy");
	memcpy(copy, v->mv_data, v->mv_size);
	memcpy(key, k->mv_data, k->mv_size);
	for (size_t i = 0; i < 4 && i < v->mv_size; i++)
		len |= (unsigned)copy[i] << (8 * i);
	size_t at = v->mv_size > 4 ? 4 + len / 2 : 0;
	copy[at < v->mv_size ? at : v->mv_size - 1] ^= 0x10;
	must(mdb_cursor_put(c, &same, &value, MDB_CURRENT), "put");
	say(&same, v->mv_size);
	free(copy);
	free(key);
}

int main(int argc, char **argv)
{
	unsigned char prefix[KEY_MAX];
	MDB_env *env;
	MDB_txn *t;
	MDB_dbi d;
	MDB_cursor *c;
	MDB_val k, v;
	if (argc != 5)
		return 2;
	size_t n = from_hex(argv[3], prefix), touched = 0;
	int keys = !strcmp(argv[4], "keys"), all = !strcmp(argv[4], "all");
	long left = keys || all ? -1 : atol(argv[4]);
	must(mdb_env_create(&env), "create");
	must(mdb_env_set_maxdbs(env, 8), "maxdbs");
	must(mdb_env_set_mapsize(env, (size_t)1 << 34), "mapsize");
	must(mdb_env_open(env, argv[1], 0, 0600), argv[1]);
	must(mdb_txn_begin(env, NULL, 0, &t), "begin");
	must(mdb_dbi_open(t, argv[2], 0, &d), argv[2]);
	must(mdb_cursor_open(t, d, &c), "cursor");
	k = (MDB_val){ n, prefix };
	int rc = n ? mdb_cursor_get(c, &k, &v, MDB_SET_RANGE) : mdb_cursor_get(c, &k, &v, MDB_FIRST);
	for (; !rc && k.mv_size >= n && !memcmp(k.mv_data, prefix, n); rc = mdb_cursor_get(c, &k, &v, MDB_NEXT)) {
		if (!keys && !v.mv_size)
			continue; /* the absence of a value: nothing to flip */
		if (!all && !keys && left-- != 0)
			continue;
		if (keys)
			say(&k, v.mv_size);
		else
			flip(c, &k, &v);
		touched++;
	}
	mdb_cursor_close(c);
	must(mdb_txn_commit(t), "commit");
	mdb_env_close(env);
	return touched ? 0 : 1;
}
