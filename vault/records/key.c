/* SPDX-License-Identifier: MIT
 * Keys of records and of the upload queue. Numbers are big-endian so that keys sort by them.
 */
#include "vault/records/key.h"

#include <string.h>

static void add(struct rkey *k, const void *p, size_t n)
{
	n = n > KEY_BUF - (size_t)k->len ? KEY_BUF - (size_t)k->len : n;
	if (n)
		memcpy(k->b + k->len, p, n);
	k->len = (uint8_t)(k->len + n);
}

static void add_be(struct rkey *k, uint64_t v, size_t n)
{
	uint8_t b[8];
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	add(k, b, n);
}

struct rkey key_kind(uint8_t kind)
{
	return (struct rkey){ .b = { kind }, .len = 1 };
}

struct rkey key_ino(enum record_kind kind, uint64_t ino)
{
	struct rkey k = key_kind((uint8_t)kind);
	add_be(&k, ino, 8);
	return k;
}

struct rkey key_ino_hash(enum record_kind kind, uint64_t ino, uint64_t namehash)
{
	struct rkey k = key_ino(kind, ino);
	add_be(&k, namehash, 8);
	return k;
}

struct rkey key_bytes(uint8_t kind, struct span s)
{
	struct rkey k = key_kind(kind);
	add(&k, s.p, s.len);
	return k;
}

struct rkey key_id(enum record_kind kind, struct id id)
{
	return key_bytes((uint8_t)kind, id_span(&id));
}

struct rkey key_queue(enum queue_kind kind, struct id id)
{
	return key_bytes((uint8_t)kind, id_span(&id));
}

static struct rd open_key(struct span key, enum record_kind kind)
{
	struct rd r = RD(key);
	if (rd_u8(&r) != (uint8_t)kind)
		r.bad = true;
	return r;
}

bool key_parse_ino(struct span key, enum record_kind kind, uint64_t *ino)
{
	struct rd r = open_key(key, kind);
	uint64_t v = rd_u64be(&r);
	if (!rd_end(&r))
		return false;
	*ino = v;
	return true;
}

bool key_parse_ino_hash(struct span key, enum record_kind kind, uint64_t *ino, uint64_t *hash)
{
	struct rd r = open_key(key, kind);
	uint64_t i = rd_u64be(&r), h = rd_u64be(&r);
	if (!rd_end(&r))
		return false;
	*ino = i;
	*hash = h;
	return true;
}

bool key_parse_id(struct span key, enum record_kind kind, struct id *id)
{
	struct rd r = open_key(key, kind);
	struct id got = rd_id(&r);
	if (!rd_end(&r))
		return false;
	*id = got;
	return true;
}
