/* SPDX-License-Identifier: MIT
 * The index of the upload queue. Its truth is MAP_QUEUE; the index changes only after the transaction that changed it.
 */
#include "sync/core/queue.h"

#include "util/cleanup.h"
#include "util/hex.h"
#include "util/log.h"
#include "util/vec.h"

#include <string.h>

void queue_free(struct queue *q)
{
	free(q->items);
	*q = (struct queue){ 0 };
}

bool queue_reserve(struct queue *q, size_t more)
{
	return vec_room(q->items, q->n, more, &q->cap);
}

void queue_add(struct queue *q, const struct item *it)
{
	size_t at = q->n;
	while (at > 0 && q->items[at - 1].sequence > it->sequence)
		at--;
	memmove(&q->items[at + 1], &q->items[at], (q->n - at) * sizeof(*it));
	q->items[at] = *it;
	q->n++;
}

struct item *queue_find(struct queue *q, uint64_t sequence)
{
	size_t lo = 0, hi = q->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (q->items[mid].sequence == sequence)
			return &q->items[mid];
		if (q->items[mid].sequence < sequence)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void queue_remove(struct queue *q, uint64_t sequence)
{
	struct item *it = queue_find(q, sequence);
	if (!it)
		return;
	memmove(it, it + 1, (size_t)(q->items + q->n - (it + 1)) * sizeof(*it));
	q->n--;
}

void queue_waiting(const struct queue *q, uint64_t *objects, uint64_t *bytes)
{
	uint64_t n = 0, sum = 0;
	for (size_t i = 0; i < q->n; i++) {
		if (q->items[i].kind == QUEUE_SEGMENT || q->items[i].kind == QUEUE_OBJECT) {
			n++;
			sum += q->items[i].size;
		}
	}
	*objects = n;
	*bytes = sum;
}

struct rkey queue_key(uint8_t kind, uint64_t sequence, const char *name)
{
	uint8_t b[8 + OBJECT_NAME];
	size_t len = 8 + OBJECT_NAME - 1;
	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(sequence >> (56 - 8 * i));
	if (kind == QUEUE_SEGMENT || kind == QUEUE_SENT) {
		if (!hex_decode(name, b + 8, ID_LEN))
			id_put(b + 8, ID_ZERO);
		len = 8 + ID_LEN;
	} else {
		memcpy(b + 8, name, OBJECT_NAME - 1);
	}
	return key_bytes(kind, SPAN(b, len));
}

static bool item_parse(struct span key, struct span value, struct item *it)
{
	struct rd r = RD(key);
	it->kind = rd_u8(&r);
	it->sequence = rd_u64be(&r);
	if (it->kind == QUEUE_SEGMENT || it->kind == QUEUE_SENT) {
		struct id id;
		id = rd_id(&r);
		name_id(id, it->name);
		struct rd v = RD(value);
		uint32_t n;
		return rd_end(&r) && segment_begin(&v, &it->size, &n) == ERR_OK;
	}
	rd_copy(&r, it->name, OBJECT_NAME - 1);
	it->name[OBJECT_NAME - 1] = 0;
	it->size = value.len;
	return rd_end(&r);
}

static int queue_load_one(void *ctx, struct span key, struct span value)
{
	struct queue *q = ctx;
	struct item it = { 0 };
	if (!value.p || !item_parse(key, value, &it)) {
		log_error(AREA_SYNC, "an entry of the upload queue is damaged and is left alone");
		return 0;
	}
	if (!queue_reserve(q, 1))
		return ERR_NOMEM;
	queue_add(q, &it);
	return 0;
}

err_t queue_load(struct queue *q, struct map *m)
{
	static const uint8_t kinds[] = { QUEUE_SEGMENT, QUEUE_SENT, QUEUE_OBJECT, QUEUE_RETAINED };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < sizeof(kinds); i++)
		e = map_scan(m, MAP_QUEUE, SPAN(&kinds[i], 1), SPAN(NULL, 0), queue_load_one, q);
	return e;
}

void segment_encode(uint64_t size, const struct queue_block *list, uint32_t n, struct buf *out)
{
	buf_u8(out, 1);
	buf_u64(out, size);
	buf_u32(out, n);
	for (uint32_t i = 0; i < n; i++) {
		buf_id(out, list[i].id);
		buf_u32(out, list[i].sealed);
		buf_u32(out, list[i].stored);
	}
}

err_t segment_begin(struct rd *r, uint64_t *size, uint32_t *n)
{
	uint8_t v = rd_u8(r);
	uint64_t bytes = rd_u64(r);
	uint32_t blocks = rd_u32(r);
	if (r->bad || v != 1 || blocks > SEGMENT_PLACES_MAX || r->left != (size_t)blocks * (ID_LEN + 8) ||
	    bytes > MAP_VALUE_MAX)
		return ERR_DAMAGED;
	*size = bytes;
	*n = blocks;
	return ERR_OK;
}

bool segment_next(struct rd *r, struct queue_block *ret)
{
	ret->id = rd_id(r);
	ret->sealed = rd_u32(r);
	ret->stored = rd_u32(r);
	return !r->bad && ret->sealed <= ret->stored;
}

uint64_t sequence_next(struct state *st, enum queue_class class)
{
	return ++st->sequence << 8 | class;
}
