/* SPDX-License-Identifier: MIT */
#include "vault/objects/manifest.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"

#define MANIFEST_VERSION 2
#define CHUNK_LEAST (ID_LEN + HASH_LEN + 1)
#define BEHIND_LEAST 3
#define OBJECT_LEAST 4096 /* bytes of any object */

void manifest_free(struct manifest *m)
{
	applied_free(&m->applied);
	free(m->behind);
	free(m->chunks);
	extensions_free(&m->extensions);
	*m = (struct manifest){ 0 };
}

/* -- what encoder and decoder want ------------------------------------------------------------------------------- */

static bool behind_ok(const struct manifest *m, size_t i)
{
	const struct behind *b = &m->behind[i];
	if (b->of >= m->applied.n || b->what >= m->applied.n || b->of == b->what)
		return false;
	if (b->n >= m->applied.v[b->what].n)
		return false;
	return i == 0 || b[-1].of < b->of || (b[-1].of == b->of && b[-1].what < b->what);
}

static bool manifest_ok(const struct manifest *m)
{
	for (size_t i = 0; i < m->behind_n; i++)
		if (!behind_ok(m, i))
			return false;
	for (size_t i = 0; i < m->chunks_n; i++)
		if (m->chunks[i].size < OBJECT_LEAST || m->chunks[i].size > MANIFEST_CHUNK_MAX)
			return false;
	return m->stream && m->chunks_n <= MANIFEST_CHUNKS_MAX;
}

/* -- bytes ------------------------------------------------------------------------------------------------------- */

static void put_lists(const struct manifest *m, struct buf *out)
{
	varint_put(out, m->behind_n);
	for (size_t i = 0; i < m->behind_n; i++) {
		varint_put(out, m->behind[i].of);
		varint_put(out, m->behind[i].what);
		varint_put(out, m->behind[i].n);
	}
	varint_put(out, m->chunks_n);
	for (size_t i = 0; i < m->chunks_n; i++) {
		buf_id(out, m->chunks[i].id);
		buf_hash(out, m->chunks[i].hash);
		varint_put(out, m->chunks[i].size);
	}
}

err_t manifest_encode(const struct manifest *m, struct buf *out)
{
	if (!manifest_ok(m))
		return ERR_INVAL;
	buf_u8(out, MANIFEST_VERSION);
	buf_u64(out, m->stream);
	varint_put(out, m->lamport);
	varint_put(out, m->rules);
	buf_hash(out, m->digest);
	buf_hash(out, m->tree);
	varint_put(out, m->records);
	err_t e = applied_put(out, &m->applied);
	if (e)
		return e;
	put_lists(m, out);
	return extensions_put(out, &m->extensions);
}

/* get_index: of an entry of `applied`. */
static uint32_t get_index(struct rd *r)
{
	uint64_t v = varint_get(r);
	if (v >= VV_MAX)
		r->bad = true;
	return (uint32_t)v;
}

static err_t get_behind(struct rd *r, struct manifest *m)
{
	uint64_t n = varint_get(r);
	if (r->bad || n > r->left / BEHIND_LEAST)
		return ERR_DAMAGED;
	for (; m->behind_n < n && !r->bad; m->behind_n++) {
		if (!vec_room(m->behind, m->behind_n, 1, &m->behind_cap))
			return ERR_NOMEM;
		struct behind *b = &m->behind[m->behind_n];
		b->of = get_index(r);
		b->what = get_index(r);
		b->n = varint_get(r);
	}
	return ERR_OK;
}

static err_t get_chunks(struct rd *r, struct manifest *m)
{
	uint64_t n = varint_get(r);
	if (r->bad || n > MANIFEST_CHUNKS_MAX || n > r->left / CHUNK_LEAST)
		return ERR_DAMAGED;
	if (!vec_room(m->chunks, m->chunks_n, (size_t)n + 1, &m->chunks_cap))
		return ERR_NOMEM;
	for (; m->chunks_n < n; m->chunks_n++) {
		m->chunks[m->chunks_n].id = rd_id(r);
		m->chunks[m->chunks_n].hash = rd_hash(r);
		m->chunks[m->chunks_n].size = varint_get(r);
	}
	return ERR_OK;
}

static err_t get_all(struct rd *r, struct manifest *m)
{
	m->stream = rd_u64(r);
	m->lamport = varint_get(r);
	m->rules = varint_get(r);
	m->digest = rd_hash(r);
	m->tree = rd_hash(r);
	m->records = varint_get(r);
	err_t e = applied_get(r, &m->applied);
	if (!e)
		e = get_behind(r, m);
	if (!e)
		e = get_chunks(r, m);
	return e ? e : extensions_get(r, &m->extensions);
}

err_t manifest_decode(struct span plain, struct manifest *ret)
{
	cleanup(manifest_free) struct manifest m = { 0 };
	struct rd r = RD(plain);
	uint8_t version = rd_u8(&r);
	if (version > MANIFEST_VERSION)
		return ERR_VERSION;
	err_t e = version < MANIFEST_VERSION ? ERR_DAMAGED : get_all(&r, &m);
	if (!e && (!rd_end(&r) || !manifest_ok(&m)))
		e = ERR_DAMAGED;
	if (e)
		return e;
	*ret = m;
	m = (struct manifest){ 0 };
	return ERR_OK;
}
