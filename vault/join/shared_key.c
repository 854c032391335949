/* SPDX-License-Identifier: MIT */
#include "vault/join/shared_key.h"

#include <string.h>

#define SHARED_FIRST 0x40
#define SHARED_LAST 0x7f

bool shared_key_is(struct span key)
{
	uint8_t kind = key.len ? *(const uint8_t *)key.p : 0;
	return kind >= SHARED_FIRST && kind <= SHARED_LAST;
}

static void add(struct shared_key *k, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		k->b[k->len++] = (uint8_t)(v >> shift);
}

struct shared_key shared_key_kind(enum shared_kind kind)
{
	return (struct shared_key){ .b = { (uint8_t)kind }, .len = 1 };
}

struct shared_key shared_key_number(enum shared_kind kind, uint64_t ino, uint64_t number)
{
	struct shared_key k = shared_key_ino(kind, ino);
	add(&k, number);
	return k;
}

struct shared_key shared_key_version(enum shared_kind kind, uint64_t ino, struct version_id id)
{
	struct shared_key k = shared_key_ino(kind, ino);
	add(&k, id.stamp.lamport);
	add(&k, id.stamp.stream);
	add(&k, id.stamp.n);
	id_put(k.b + k.len, id.tag);
	k.len = (uint8_t)(k.len + ID_LEN);
	return k;
}

static struct version_id get_version(struct rd *r)
{
	struct version_id v = { .stamp.lamport = rd_u64be(r) };
	v.stamp.stream = rd_u64be(r);
	v.stamp.n = rd_u64be(r);
	v.tag = rd_id(r);
	return v;
}

err_t shared_key_parse(struct span key, struct shared_name *ret)
{
	struct rd r = RD(key);
	struct shared_name n = { .kind = (enum shared_kind)rd_u8(&r) };
	if (r.bad || n.kind < SHARED_INODE || n.kind > SHARED_XATTR)
		return ERR_NOTFOUND;
	n.ino = rd_u64be(&r);
	if (n.kind == SHARED_LINK || n.kind == SHARED_XATTR)
		n.number = rd_u64be(&r);
	if (n.kind == SHARED_SIBLING || n.kind == SHARED_VERSION)
		n.version = get_version(&r);
	if (!rd_end(&r) || n.ino == 0 || (n.kind == SHARED_LINK && n.number == LID_FIRST))
		return ERR_DAMAGED;
	*ret = n;
	return ERR_OK;
}
