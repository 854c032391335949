/* SPDX-License-Identifier: MIT
 * Boxes of a new epoch's root. The epoch root that comes out of a header is only a claim; this is where a reader learns
 * it.
 */
#include "vault/objects/epoch.h"

#include "util/cleanup.h"
#include "vault/keys/header_parts.h"
#include "vault/objects/epoch_start.h"

#include <string.h>

/* box_place: the associated data of one recipient's box. */
static err_t box_place(const struct keyring *k, uint32_t epoch, struct hash cause, struct id id, struct buf *out)
{
	struct span label = span_str("cloudseal epoch");
	buf_put(out, label.p, label.len);
	buf_id(out, keyring_vault(k));
	buf_hash(out, keyring_genesis(k));
	buf_u32(out, epoch);
	buf_hash(out, cause);
	buf_id(out, id);
	return buf_ok(out);
}

static err_t seal_one(const struct keyring *k, const struct new_epoch *new, const struct epoch_member *m,
                      struct buf *boxes)
{
	cleanup(buf_free) struct buf place = BUF_INIT;
	err_t e = box_place(k, new->number, new->cause, m->id, &place);
	if (e)
		return e;
	buf_id(boxes, m->id);
	return box_seal(keyring_cipher(k), m->box_key, buf_span(&place), SPAN(new->root->b, sizeof(new->root->b)),
	                boxes);
}

static bool members_ok(const struct epoch_member *members, size_t n)
{
	if (n < 1 || n > EPOCH_BOXES_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (id_eq(members[i].id, members[j].id))
				return false;
	return true;
}

err_t epoch_seal(const struct keyring *k, const struct new_epoch *new, const struct epoch_member *members, size_t n,
                 struct buf *out)
{
	cleanup(buf_free) struct buf boxes = BUF_INIT;
	struct epoch_start s = { .nboxes = n };
	if (new->number < 2 || !members_ok(members, n))
		return ERR_INVAL;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < n; i++)
		e = seal_one(k, new, &members[i], &boxes);
	if (!e)
		e = buf_ok(&boxes);
	if (e)
		return e;
	s.cause = new->cause;
	s.boxes = boxes.p;
	return epoch_start_encode(&s, out);
}

err_t epoch_open(const struct keyring *k, uint32_t epoch, struct span start, struct id id, const struct key *seed,
                 struct key *ret)
{
	cleanup(buf_free) struct buf place = BUF_INIT;
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct epoch_start s;
	struct span box;
	err_t e = epoch_start_decode(start, &s);
	if (!e && !epoch_start_box(&s, id, &box))
		e = ERR_NOTFOUND;
	if (!e)
		e = box_place(k, epoch, s.cause, id, &place);
	if (!e)
		e = box_open(keyring_cipher(k), seed, buf_span(&place), box, &plain);
	if (e)
		return e == ERR_WRONGKEY ? ERR_DAMAGED : e;
	if (plain.len != sizeof(ret->b))
		return ERR_DAMAGED;
	memcpy(ret->b, plain.p, sizeof(ret->b));
	return ERR_OK;
}

err_t epoch_open_slot(const struct keyring *k, uint32_t epoch, struct span start, const struct slot *slot,
                      struct key *ret)
{
	return epoch_open(k, epoch, start, slot->id, &slot->seed, ret);
}

err_t epoch_members(const struct header *h, struct epoch_member *list, size_t max, size_t *ret_n)
{
	if (h->live.n > max)
		return ERR_LIMIT;
	for (size_t i = 0; i < h->live.n; i++) {
		list[i].id = h->live.slot[i].id;
		memcpy(list[i].box_key, h->live.slot[i].keys.box, 32);
	}
	*ret_n = h->live.n;
	return ERR_OK;
}
