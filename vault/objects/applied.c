/* SPDX-License-Identifier: MIT */
#include "vault/objects/applied.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"

#define ENTRY_LEAST (HASH_LEN + 1 + ID_LEN)

void applied_free(struct applied *a)
{
	free(a->v);
	*a = (struct applied){ 0 };
}

uint64_t applied_stream(struct hash stream)
{
	struct rd r = RD(hash_span(&stream));
	return rd_u64(&r);
}

static int entry_cmp(const struct applied_entry *a, const struct applied_entry *b)
{
	int c = hash_cmp(a->stream, b->stream);
	if (c)
		return c;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return id_cmp(a->hash, b->hash);
}

static int order(const void *a, const void *b)
{
	return entry_cmp(a, b);
}

void applied_sort(struct applied *a)
{
	if (a->n)
		qsort(a->v, a->n, sizeof(*a->v), order);
}

static bool in_order(const struct applied *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (!applied_stream(a->v[i].stream) || !a->v[i].n || (i && entry_cmp(&a->v[i - 1], &a->v[i]) >= 0))
			return false;
	return a->n <= VV_MAX;
}

err_t applied_put(struct buf *out, const struct applied *a)
{
	if (!in_order(a))
		return ERR_INVAL;
	varint_put(out, a->n);
	for (size_t i = 0; i < a->n; i++) {
		buf_hash(out, a->v[i].stream);
		varint_put(out, a->v[i].n);
		buf_id(out, a->v[i].hash);
	}
	return buf_ok(out);
}

err_t applied_get(struct rd *r, struct applied *ret)
{
	cleanup(applied_free) struct applied a = { 0 };
	uint64_t n = varint_get(r);
	if (r->bad || n > VV_MAX || n > r->left / ENTRY_LEAST)
		return ERR_DAMAGED;
	if (!vec_room(a.v, a.n, (size_t)n + 1, &a.cap))
		return ERR_NOMEM;
	for (; a.n < n; a.n++) {
		a.v[a.n].stream = rd_hash(r);
		a.v[a.n].n = varint_get(r);
		a.v[a.n].hash = rd_id(r);
	}
	if (r->bad || !in_order(&a))
		return ERR_DAMAGED;
	*ret = a;
	a = (struct applied){ 0 };
	return ERR_OK;
}
