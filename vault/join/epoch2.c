/* SPDX-License-Identifier: MIT */
#include "vault/join/epoch2.h"

#include "crypto/hash.h"
#include "util/cleanup.h"

#define START_VERSION 1
#define CAUSES_MAX 4096
#define RECIPIENTS_MAX 4096
#define SUITE_X25519 1
#define BOX_LEN (113 + 64)

/* get_causes: the hashes of a start. */
static void get_causes(struct rd *r)
{
	uint16_t n = rd_u16(r);
	struct hash before = HASH_ZERO;
	if (n > CAUSES_MAX)
		r->bad = true;
	for (uint16_t i = 0; i < n && !r->bad; i++) {
		struct hash h = rd_hash(r);
		if (i && hash_cmp(before, h) >= 0)
			r->bad = true;
		before = h;
	}
}

static bool box_ok(struct span box)
{
	const uint8_t *p = box.p;
	return box.len && p[0] && (p[0] != SUITE_X25519 || box.len == BOX_LEN);
}

static void get_boxes(struct rd *r, uint16_t most)
{
	uint16_t n = rd_u16(r);
	struct id before = ID_ZERO;
	if (n > most)
		r->bad = true;
	for (uint16_t i = 0; i < n && !r->bad; i++) {
		struct id id = rd_id(r);
		struct span box = rd_blob16(r);
		if (r->bad || (i && id_cmp(before, id) >= 0) || !box_ok(box))
			r->bad = true;
		before = id;
	}
}

bool epoch2_start_ok(struct span start, uint32_t *number)
{
	struct rd r = RD(start);
	uint8_t version = rd_u8(&r);
	*number = rd_u32(&r);
	get_causes(&r);
	(void)rd_bytes(&r, HASH_LEN);
	get_boxes(&r, UINT16_MAX);
	return version == START_VERSION && *number > 1 && rd_end(&r);
}

bool epoch2_recipients_ok(struct span recipients)
{
	struct rd r = RD(recipients);
	get_boxes(&r, RECIPIENTS_MAX);
	return rd_end(&r);
}

err_t epoch2_id(struct span start, struct hash *ret)
{
	cleanup(buf_free) struct buf in = BUF_INIT;
	static const char label[] = "cloudseal epoch"; /* its NUL is part of what is hashed */
	buf_put(&in, label, sizeof(label));
	buf_put(&in, start.p, start.len);
	err_t e = buf_ok(&in);
	return e ? e : crypto_sha256(buf_span(&in), ret);
}
