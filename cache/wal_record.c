/* SPDX-License-Identifier: MIT
 * The bytes of a WAL record.
 */
#include "cache/wal_record.h"

#include "cache/wal.h"
#include "util/cleanup.h"

#include <string.h>

static const uint8_t magic[8] = { 'C', 'S', 'L', 'O', 'G', 0, 1, 0 };

size_t wal_record_size(size_t payload)
{
	return (WAL_HEADER + payload + TAG_LEN + WAL_PAGE - 1) / WAL_PAGE * WAL_PAGE;
}

uint64_t wal_header_last(const struct wal_header *h)
{
	return h->first + h->count - 1;
}

static void nonce_of(uint64_t first, uint8_t out[NONCE_LEN])
{
	memset(out, 0, NONCE_LEN);
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(first >> (8 * i));
}

void wal_header_encode(const struct wal_header *h, struct buf *out)
{
	buf_put(out, magic, sizeof(magic));
	buf_put(out, h->session, SESSION_LEN);
	buf_u64(out, h->first);
	buf_u32(out, h->count);
	buf_u32(out, h->len);
}

bool wal_header_parse(const uint8_t b[WAL_HEADER], size_t room, struct wal_header *ret)
{
	struct rd r = RD(SPAN(b, WAL_HEADER));
	const uint8_t *m = rd_bytes(&r, sizeof(magic));
	if (!m || memcmp(m, magic, sizeof(magic)) != 0)
		return false;
	rd_copy(&r, ret->session, SESSION_LEN);
	ret->first = rd_u64(&r);
	ret->count = rd_u32(&r);
	ret->len = rd_u32(&r);
	if (!ret->count || !ret->first || ret->first > UINT64_MAX - ret->count)
		return false;
	return ret->len <= WAL_RECORD_MAX && wal_record_size(ret->len) <= room;
}

err_t wal_record_seal(struct aead *a, const struct wal_header *h, struct buf *b)
{
	uint8_t *tail = buf_extend(b, wal_record_size(h->len) - b->len), nonce[NONCE_LEN];
	if (!tail)
		return ERR_NOMEM;
	memset(tail, 0, b->len - WAL_HEADER - h->len);
	nonce_of(h->first, nonce);
	uint8_t *payload = b->p + WAL_HEADER;
	return aead_seal(a, nonce, SPAN(b->p, WAL_HEADER), SPAN(payload, h->len), payload, tail);
}

err_t wal_record_unseal(const struct seal *s, const struct wal_header *h, struct buf *b)
{
	cleanup(key_wipe) struct key k = { 0 };
	err_t e = seal_log_key(s, h->session, &k);
	if (e)
		return e;
	cleanup(aead_freep) struct aead *a = aead_new(seal_cipher(s), &k);
	if (!a)
		return ERR_NOMEM;
	uint8_t nonce[NONCE_LEN], *payload = b->p + WAL_HEADER;
	nonce_of(h->first, nonce);
	e = aead_open(a, nonce, SPAN(b->p, WAL_HEADER), SPAN(payload, h->len), payload + h->len, payload);
	return e == ERR_DAMAGED ? ERR_NOTFOUND : e;
}
