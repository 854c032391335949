/* SPDX-License-Identifier: MIT */
#include "vault/join/vault_key.h"

#include <string.h>

static void add(struct vault_key *k, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0)
		k->b[k->len++] = (uint8_t)(v >> (8 * bytes));
}

static void add_bytes(struct vault_key *k, const void *p, size_t n)
{
	memcpy(k->b + k->len, p, n);
	k->len = (uint8_t)(k->len + n);
}

static void add_place(struct vault_key *k, const struct vault_name *n)
{
	add(k, n->ino, 8);
	add(k, n->group, 1);
	add(k, n->sub, 8);
	add(k, n->stamp.lamport, 8);
	add(k, n->stamp.stream, 8);
	add(k, n->stamp.n, 8);
}

static bool has_id(enum vault_kind kind)
{
	return (kind >= SHARED_CONTENT && kind <= SHARED_SEGMENT) || kind == SHARED_SLOT || kind == SHARED_DEVICE;
}

struct vault_key vault_key_of(const struct vault_name *n)
{
	struct vault_key k = { .b = { (uint8_t)n->kind }, .len = 1 };
	if (n->kind == SHARED_PLACE)
		add_place(&k, n);
	if (n->kind == SHARED_EPOCH)
		add(&k, n->number, 4);
	if (n->kind == SHARED_EPOCH || n->kind == SHARED_STATEMENT)
		add_bytes(&k, n->hash.b, HASH_LEN);
	if (has_id(n->kind))
		add_bytes(&k, n->id.b, ID_LEN);
	if (n->kind == SHARED_EXTENTS)
		add(&k, n->number, 4);
	return k;
}

static void get_place(struct rd *r, struct vault_name *n)
{
	n->ino = rd_u64be(r);
	n->group = rd_u8(r);
	n->sub = rd_u64be(r);
	n->stamp.lamport = rd_u64be(r);
	n->stamp.stream = rd_u64be(r);
	n->stamp.n = rd_u64be(r);
	if (n->ino == 0)
		r->bad = true;
}

static bool is_kind(unsigned kind)
{
	return (kind >= SHARED_PLACE && kind <= SHARED_SEGMENT) || (kind >= SHARED_SUPER && kind <= SHARED_EPOCH);
}

err_t vault_key_parse(struct span key, struct vault_name *ret)
{
	struct rd r = RD(key);
	struct vault_name n = { .kind = (enum vault_kind)rd_u8(&r) };
	if (r.bad || !is_kind(n.kind))
		return ERR_NOTFOUND;
	if (n.kind == SHARED_PLACE)
		get_place(&r, &n);
	if (n.kind == SHARED_EPOCH)
		n.number = rd_u32be(&r);
	if (n.kind == SHARED_EPOCH || n.kind == SHARED_STATEMENT)
		n.hash = rd_hash(&r);
	if (has_id(n.kind))
		n.id = rd_id(&r);
	if (n.kind == SHARED_EXTENTS)
		n.number = rd_u32be(&r);
	if (!rd_end(&r) || (n.kind == SHARED_EPOCH && n.number == 0))
		return ERR_DAMAGED;
	*ret = n;
	return ERR_OK;
}
