/* SPDX-License-Identifier: MIT
 * Plaintext of a checkpoint's manifest. Layout: docs/format1.md, "Checkpoint".
 */
#include "vault/objects/manifest.h"

#include "util/cleanup.h"
#include "vault/objects/object.h"

#include <stdlib.h>

#define MANIFEST_VERSION 1
#define CHUNK_REF_LEN (ID_LEN + HASH_LEN + 8)

static bool chunk_ok(const struct chunk_ref *c)
{
	return c->size >= 1 && c->size <= OBJECT_MAX;
}

err_t manifest_encode(const struct manifest *m, struct buf *out)
{
	if (m->nchunks > MANIFEST_CHUNKS_MAX)
		return ERR_INVAL;
	buf_u8(out, MANIFEST_VERSION);
	buf_u64(out, m->height);
	buf_hash(out, m->tip);
	buf_hash(out, m->digest);
	buf_u64(out, m->records);
	err_t e = positions_put(out, m->at, m->nat);
	if (e)
		return e;
	buf_u32(out, (uint32_t)m->nchunks);
	for (size_t i = 0; i < m->nchunks; i++) {
		if (!chunk_ok(&m->chunks[i]))
			return ERR_INVAL;
		buf_id(out, m->chunks[i].id);
		buf_hash(out, m->chunks[i].hash);
		buf_u64(out, m->chunks[i].size);
	}
	return buf_ok(out);
}

static err_t get_positions(struct rd *r, struct manifest *m)
{
	if (!positions_count(r, &m->nat))
		return ERR_DAMAGED;
	m->at = calloc(m->nat + 1, sizeof(*m->at));
	if (!m->at)
		return ERR_NOMEM;
	return positions_get(r, m->at, m->nat) ? ERR_OK : ERR_DAMAGED;
}

static err_t get_chunks(struct rd *r, struct manifest *m)
{
	m->nchunks = rd_u32(r);
	if (r->bad || m->nchunks > MANIFEST_CHUNKS_MAX || m->nchunks != r->left / CHUNK_REF_LEN)
		return ERR_DAMAGED;
	m->chunks = calloc(m->nchunks + 1, sizeof(*m->chunks));
	if (!m->chunks)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->nchunks; i++) {
		m->chunks[i].id = rd_id(r);
		m->chunks[i].hash = rd_hash(r);
		m->chunks[i].size = rd_u64(r);
		if (!chunk_ok(&m->chunks[i]))
			return ERR_DAMAGED;
	}
	return rd_end(r) ? ERR_OK : ERR_DAMAGED;
}

err_t manifest_decode(struct span plain, struct manifest *ret)
{
	struct rd r = RD(plain);
	cleanup(manifest_free) struct manifest m = { 0 };
	uint8_t version = rd_u8(&r);
	if (version > MANIFEST_VERSION)
		return ERR_VERSION;
	m.height = rd_u64(&r);
	m.tip = rd_hash(&r);
	m.digest = rd_hash(&r);
	m.records = rd_u64(&r);
	err_t e = r.bad || version == 0 ? ERR_DAMAGED : get_positions(&r, &m);
	if (!e)
		e = get_chunks(&r, &m);
	if (!e) {
		*ret = m;
		m = (struct manifest){ 0 };
	}
	return e;
}

void manifest_free(struct manifest *m)
{
	free(m->at);
	free(m->chunks);
	*m = (struct manifest){ 0 };
}
