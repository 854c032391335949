/* SPDX-License-Identifier: MIT */
#include "vault/objects/root.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/varint.h"

#define ROOT_VERSION 2

void root_free(struct root *x)
{
	free(x->v);
	*x = (struct root){ 0 };
}

static bool is_before(const struct root_entry *a, const struct root_entry *b)
{
	if (a->number != b->number)
		return a->number < b->number;
	return hash_cmp(a->epoch_id, b->epoch_id) < 0;
}

err_t root_add(struct root *x, struct span start, struct span box)
{
	struct root_entry new = { .start = start, .box = box };
	if (!epoch_start_ok(start, &new.number) || !epoch_box_ok(box, EPOCH_ROOT_AND_PROOF))
		return ERR_INVAL;
	err_t e = epoch_id(start, &new.epoch_id);
	if (e)
		return e;
	if (x->n && !is_before(&x->v[x->n - 1], &new))
		return ERR_INVAL;
	if (!vec_room(x->v, x->n, 1, &x->cap))
		return ERR_NOMEM;
	x->v[x->n++] = new;
	return ERR_OK;
}

err_t root_encode(const struct root *x, struct buf *out)
{
	buf_u8(out, ROOT_VERSION);
	varint_put(out, x->n);
	for (size_t i = 0; i < x->n; i++) {
		blob_put(out, x->v[i].start);
		blob_put(out, x->v[i].box);
	}
	return buf_ok(out);
}

err_t root_decode(struct span plain, struct root *ret)
{
	cleanup(root_free) struct root x = { 0 };
	struct rd r = RD(plain);
	uint8_t version = rd_u8(&r);
	uint64_t n = varint_get(&r);
	if (version > ROOT_VERSION)
		return ERR_VERSION;
	err_t e = r.bad || version < ROOT_VERSION ? ERR_DAMAGED : ERR_OK;
	for (uint64_t i = 0; !e && i < n; i++) {
		struct span start = blob_get(&r), box = blob_get(&r);
		e = r.bad ? ERR_DAMAGED : root_add(&x, start, box);
	}
	if (e == ERR_INVAL || (!e && !rd_end(&r)))
		e = ERR_DAMAGED;
	if (e)
		return e;
	*ret = x;
	x = (struct root){ 0 };
	return ERR_OK;
}
