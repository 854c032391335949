/* SPDX-License-Identifier: MIT
 * What starts an epoch: version(1) cause(32), then the boxes. Layout: docs/format1.md, "Commit".
 */
#include "vault/objects/epoch_start.h"

#include <string.h>

#define EPOCH_START_VERSION 1

err_t epoch_start_encode(const struct epoch_start *s, struct buf *out)
{
	if (s->nboxes < 1 || s->nboxes > EPOCH_BOXES_MAX)
		return ERR_INVAL;
	buf_u8(out, EPOCH_START_VERSION);
	buf_hash(out, s->cause);
	buf_put(out, s->boxes, s->nboxes * EPOCH_BOX_LEN);
	return buf_ok(out);
}

err_t epoch_start_decode(struct span bytes, struct epoch_start *ret)
{
	struct rd r = RD(bytes);
	struct epoch_start s = { 0 };
	uint8_t version = rd_u8(&r);
	if (version > EPOCH_START_VERSION)
		return ERR_VERSION;
	s.cause = rd_hash(&r);
	s.nboxes = r.left / EPOCH_BOX_LEN;
	if (r.bad || version == 0 || r.left % EPOCH_BOX_LEN || s.nboxes < 1 || s.nboxes > EPOCH_BOXES_MAX)
		return ERR_DAMAGED;
	s.boxes = r.p;
	*ret = s;
	return ERR_OK;
}

bool epoch_start_box(const struct epoch_start *s, struct id recipient, struct span *ret)
{
	for (size_t i = 0; i < s->nboxes; i++) {
		const uint8_t *b = s->boxes + i * EPOCH_BOX_LEN;
		if (id_eq(id_from(b), recipient)) {
			*ret = SPAN(b + ID_LEN, EPOCH_BOX_LEN - ID_LEN);
			return true;
		}
	}
	return false;
}
