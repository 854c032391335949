/* SPDX-License-Identifier: MIT */
#include "vault/join/segment.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "util/padme.h"
#include "util/vec.h"
#include "vault/join/varint.h"

#include <string.h>

#define BLOCK_MAX 131072u
#define CHUNK 16384u
#define TAG 16u
#define SALT 16u
#define LABEL "cloudseal segment"

void segment_facts_free(struct segment_facts *f)
{
	free(f->epochs);
	free(f->blocks);
	*f = (struct segment_facts){ 0 };
}

uint32_t segment_sealed(uint32_t length)
{
	return SALT + length + TAG * ((length + CHUNK - 1) / CHUNK);
}

uint64_t segment_size(const struct segment_facts *f)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < f->blocks_n; i++)
		sum += segment_sealed(f->blocks[i].length);
	uint64_t size = padme(MAX(sum, SEGMENT_SIZE_MIN));
	return size <= SEGMENT_SIZE_MAX ? size : 0;
}

/* -- what encoder and decoder want ------------------------------------------------------------------------------- */

static int epoch_cmp(const struct short_epoch *a, const struct short_epoch *b)
{
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return memcmp(a->id, b->id, sizeof(a->id));
}

static bool epochs_ok(const struct segment_facts *f)
{
	for (size_t i = 0; i < f->epochs_n; i++)
		if (!f->epochs[i].number || (i && epoch_cmp(&f->epochs[i - 1], &f->epochs[i]) >= 0))
			return false;
	return true;
}

static bool blocks_ok(const struct segment_facts *f)
{
	for (size_t i = 0; i < f->blocks_n; i++)
		if (!f->blocks[i].length || f->blocks[i].length > BLOCK_MAX || f->blocks[i].epoch >= f->epochs_n)
			return false;
	return f->blocks_n && f->blocks_n <= SEGMENT_BLOCKS_MAX;
}

/* all_used: whether each epoch is that of a block. */
static err_t all_used(const struct segment_facts *f, bool *ret)
{
	cleanup_free bool *used = calloc(f->epochs_n + 1, sizeof(*used));
	if (!used)
		return ERR_NOMEM;
	size_t n = 0;
	for (size_t i = 0; i < f->blocks_n; i++) {
		n += !used[f->blocks[i].epoch];
		used[f->blocks[i].epoch] = true;
	}
	*ret = n == f->epochs_n;
	return ERR_OK;
}

/* check: ERR_INVAL: not what the format can hold. */
static err_t check(const struct segment_facts *f)
{
	bool used;
	if (!epochs_ok(f) || !blocks_ok(f) || !segment_size(f))
		return ERR_INVAL;
	err_t e = all_used(f, &used);
	return e || used ? e : ERR_INVAL;
}

/* -- bytes ------------------------------------------------------------------------------------------------------- */

err_t segment_put_facts(struct buf *out, const struct segment_facts *f)
{
	err_t e = check(f);
	if (e)
		return e;
	buf_id(out, f->salt);
	varint_put(out, segment_size(f));
	varint_put(out, f->epochs_n);
	for (size_t i = 0; i < f->epochs_n; i++) {
		varint_put(out, f->epochs[i].number);
		buf_put(out, f->epochs[i].id, sizeof(f->epochs[i].id));
	}
	varint_put(out, f->blocks_n);
	for (size_t i = 0; i < f->blocks_n; i++) {
		buf_hash(out, f->blocks[i].hash);
		varint_put(out, f->blocks[i].length);
		varint_put(out, f->blocks[i].epoch);
	}
	return buf_ok(out);
}

/* get_u32: a varint that must fit. */
static uint32_t get_u32(struct rd *r)
{
	uint64_t v = varint_get(r);
	if (v > UINT32_MAX)
		r->bad = true;
	return (uint32_t)v;
}

static err_t get_epochs(struct rd *r, struct segment_facts *f)
{
	uint64_t n = varint_get(r);
	if (r->bad || n > r->left / 9)
		return ERR_DAMAGED;
	if (!vec_room(f->epochs, f->epochs_n, (size_t)n + 1, &f->epochs_cap))
		return ERR_NOMEM;
	for (; f->epochs_n < n; f->epochs_n++) {
		f->epochs[f->epochs_n].number = get_u32(r);
		rd_copy(r, f->epochs[f->epochs_n].id, sizeof(f->epochs[0].id));
	}
	return ERR_OK;
}

static err_t get_blocks(struct rd *r, struct segment_facts *f)
{
	uint64_t n = varint_get(r);
	if (r->bad || n > SEGMENT_BLOCKS_MAX || n > r->left / (HASH_LEN + 2))
		return ERR_DAMAGED;
	if (!vec_room(f->blocks, f->blocks_n, (size_t)n + 1, &f->blocks_cap))
		return ERR_NOMEM;
	for (; f->blocks_n < n; f->blocks_n++) {
		struct segment_block *b = &f->blocks[f->blocks_n];
		b->hash = rd_hash(r);
		b->length = get_u32(r);
		b->epoch = get_u32(r);
	}
	return ERR_OK;
}

err_t segment_get_facts(struct span value, struct segment_facts *ret)
{
	cleanup(segment_facts_free) struct segment_facts f = { 0 };
	struct rd r = RD(value);
	f.salt = rd_id(&r);
	uint64_t size = varint_get(&r);
	err_t e = get_epochs(&r, &f);
	if (!e)
		e = get_blocks(&r, &f);
	if (!e && !rd_end(&r))
		e = ERR_DAMAGED;
	if (!e)
		e = check(&f);
	if (!e && size != segment_size(&f))
		e = ERR_DAMAGED;
	if (e)
		return e == ERR_INVAL ? ERR_DAMAGED : e;
	*ret = f;
	f = (struct segment_facts){ 0 };
	return ERR_OK;
}

err_t segment_id(struct span facts, struct id *ret)
{
	cleanup(buf_free) struct buf in = BUF_INIT;
	struct hash h;
	buf_put(&in, LABEL, sizeof(LABEL) - 1);
	buf_put(&in, facts.p, facts.len);
	err_t e = buf_ok(&in);
	if (!e)
		e = crypto_sha256(buf_span(&in), &h);
	if (!e)
		*ret = id_from(h.b);
	return e;
}
