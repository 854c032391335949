/* SPDX-License-Identifier: MIT */
#include "vault/join/epoch.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "util/vec.h"

#define START_VERSION 1
#define SLOTS_MAX UINT16_MAX
#define SUITE_X25519 1
#define BOX_MORE 113

void epoch_boxes_free(struct epoch_boxes *l)
{
	free(l->v);
	*l = (struct epoch_boxes){ 0 };
}

void epoch_start_free(struct epoch_start *s)
{
	free(s->causes);
	epoch_boxes_free(&s->slots);
	*s = (struct epoch_start){ 0 };
}

bool epoch_box_ok(struct span box, size_t text)
{
	const uint8_t *p = box.p;
	return box.len && p[0] && (p[0] != SUITE_X25519 || box.len == BOX_MORE + text);
}

/* -- from bytes: into a list, or without one only whether it is right -------------------------------------------- */

static err_t get_causes(struct rd *r, struct epoch_start *keep)
{
	uint16_t n = rd_u16(r);
	struct hash before = HASH_ZERO;
	if (n > EPOCH_CAUSES_MAX)
		return ERR_DAMAGED;
	if (keep && !vec_room(keep->causes, 0, (size_t)n + 1, &keep->causes_cap))
		return ERR_NOMEM;
	for (uint16_t i = 0; i < n; i++) {
		struct hash h = rd_hash(r);
		if (r->bad || (i && hash_cmp(before, h) >= 0))
			return ERR_DAMAGED;
		if (keep)
			keep->causes[keep->causes_n++] = h;
		before = h;
	}
	return ERR_OK;
}

static err_t get_boxes(struct rd *r, uint16_t most, struct epoch_boxes *keep)
{
	uint16_t n = rd_u16(r);
	struct id before = ID_ZERO;
	if (n > most)
		return ERR_DAMAGED;
	for (uint16_t i = 0; i < n; i++) {
		struct epoch_box b = { .to = rd_id(r) };
		b.box = rd_blob16(r);
		if (r->bad || (i && id_cmp(before, b.to) >= 0) || !epoch_box_ok(b.box, EPOCH_ROOT_AND_PROOF))
			return ERR_DAMAGED;
		if (keep && !vec_room(keep->v, keep->n, 1, &keep->cap))
			return ERR_NOMEM;
		if (keep)
			keep->v[keep->n++] = b;
		before = b.to;
	}
	return r->bad ? ERR_DAMAGED : ERR_OK;
}

static err_t get_start(struct span start, uint32_t *number, struct epoch_start *keep)
{
	struct rd r = RD(start);
	uint8_t version = rd_u8(&r);
	*number = rd_u32(&r);
	err_t e = version == START_VERSION && *number > 1 ? get_causes(&r, keep) : ERR_DAMAGED;
	const uint8_t *commitment = rd_bytes(&r, HASH_LEN);
	if (!e)
		e = get_boxes(&r, SLOTS_MAX, keep ? &keep->slots : NULL);
	if (!e && !rd_end(&r))
		e = ERR_DAMAGED;
	if (!e && keep)
		hash_put(keep->commitment, hash_from(commitment));
	return e;
}

static err_t get_recipients(struct span recipients, struct epoch_boxes *keep)
{
	struct rd r = RD(recipients);
	err_t e = get_boxes(&r, EPOCH_RECIPIENTS_MAX, keep);
	return e || rd_end(&r) ? e : ERR_DAMAGED;
}

err_t epoch_get_start(struct span start, struct epoch_start *ret)
{
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	err_t e = get_start(start, &s.number, &s);
	if (e)
		return e;
	*ret = s;
	s = (struct epoch_start){ 0 };
	return ERR_OK;
}

err_t epoch_get_recipients(struct span recipients, struct epoch_boxes *ret)
{
	cleanup(epoch_boxes_free) struct epoch_boxes l = { 0 };
	err_t e = get_recipients(recipients, &l);
	if (e)
		return e;
	*ret = l;
	l = (struct epoch_boxes){ 0 };
	return ERR_OK;
}

bool epoch_start_ok(struct span start, uint32_t *number)
{
	return get_start(start, number, NULL) == ERR_OK;
}

bool epoch_recipients_ok(struct span recipients)
{
	return get_recipients(recipients, NULL) == ERR_OK;
}

/* -- to bytes ---------------------------------------------------------------------------------------------------- */

static void put_boxes(struct buf *out, const struct epoch_boxes *l)
{
	buf_u16(out, (uint16_t)l->n);
	for (size_t i = 0; i < l->n; i++) {
		buf_id(out, l->v[i].to);
		buf_blob16(out, l->v[i].box);
	}
}

/* put_checked: appends `made` if the format has it, which the decoder says. */
static err_t put_checked(struct buf *out, const struct buf *made, bool good)
{
	err_t e = buf_ok(made);
	if (e || !good)
		return e ? e : ERR_INVAL;
	buf_put(out, made->p, made->len);
	return buf_ok(out);
}

err_t epoch_put_start(struct buf *out, const struct epoch_start *s)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	uint32_t number;
	if (s->causes_n > EPOCH_CAUSES_MAX || s->slots.n > SLOTS_MAX)
		return ERR_INVAL;
	buf_u8(&b, START_VERSION);
	buf_u32(&b, s->number);
	buf_u16(&b, (uint16_t)s->causes_n);
	for (size_t i = 0; i < s->causes_n; i++)
		buf_hash(&b, s->causes[i]);
	buf_put(&b, s->commitment, sizeof(s->commitment));
	put_boxes(&b, &s->slots);
	return put_checked(out, &b, epoch_start_ok(buf_span(&b), &number));
}

err_t epoch_put_recipients(struct buf *out, const struct epoch_boxes *l)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	if (l->n > EPOCH_RECIPIENTS_MAX)
		return ERR_INVAL;
	put_boxes(&b, l);
	return put_checked(out, &b, epoch_recipients_ok(buf_span(&b)));
}

err_t epoch_causes_hash(const struct hash *v, size_t n, struct hash *ret)
{
	cleanup(buf_free) struct buf in = BUF_INIT;
	static const char label[] = "cloudseal causes"; /* its NUL is part of what is hashed */
	buf_put(&in, label, sizeof(label));
	for (size_t i = 0; i < n; i++)
		buf_hash(&in, v[i]);
	err_t e = buf_ok(&in);
	return e ? e : crypto_sha256(buf_span(&in), ret);
}

err_t epoch_id(struct span start, struct hash *ret)
{
	cleanup(buf_free) struct buf in = BUF_INIT;
	static const char label[] = "cloudseal epoch"; /* its NUL is part of what is hashed */
	buf_put(&in, label, sizeof(label));
	buf_put(&in, start.p, start.len);
	err_t e = buf_ok(&in);
	return e ? e : crypto_sha256(buf_span(&in), ret);
}
