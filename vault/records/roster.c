/* SPDX-License-Identifier: MIT
 * Records about the vault itself: format, devices, streams, slots, epochs, checkpoints, united directories.
 */
#include "vault/records/roster.h"

#include "util/utf8.h"
#include "vault/records/codec.h"

#define WRAPPED_MAX 1024

bool device_name_ok(struct span name)
{
	return name.len >= 1 && name.len <= DEVICE_NAME_MAX && utf8_plain(name);
}

void device_encode(const struct device_rec *d, struct buf *out)
{
	if (!record_begin(out, device_name_ok(d->name)))
		return;
	buf_put(out, d->sign_key, 32);
	buf_id(out, d->slot);
	buf_u64(out, (uint64_t)d->added);
	buf_put(out, d->name.p, d->name.len);
}

err_t device_decode(struct span value, struct device_rec *ret)
{
	struct rd r = RD(value);
	struct device_rec d = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	rd_copy(&r, d.sign_key, 32);
	d.slot = rd_id(&r);
	d.added = (int64_t)rd_u64(&r);
	d.name = SPAN(r.p, r.left);
	if (r.bad || !device_name_ok(d.name))
		return ERR_DAMAGED;
	*ret = d;
	return ERR_OK;
}

static bool stream_ok(const struct stream_rec *s)
{
	return (s->closed || !s->closed_at) && (s->closed_at || hash_is_zero(s->closed_hash));
}

void stream_encode(const struct stream_rec *s, struct buf *out)
{
	if (!record_begin(out, stream_ok(s)))
		return;
	buf_id(out, s->device);
	buf_u8(out, s->closed);
	buf_u64(out, s->closed_at);
	buf_hash(out, s->closed_hash);
}

err_t stream_decode(struct span value, struct stream_rec *ret)
{
	struct rd r = RD(value);
	struct stream_rec s = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	s.device = rd_id(&r);
	uint8_t closed = rd_u8(&r);
	s.closed = closed;
	s.closed_at = rd_u64(&r);
	s.closed_hash = rd_hash(&r);
	if (!rd_end(&r) || closed > 1 || !stream_ok(&s))
		return ERR_DAMAGED;
	*ret = s;
	return ERR_OK;
}

void super_encode(uint32_t format, struct buf *out)
{
	if (record_begin(out, format > 0))
		buf_u32(out, format);
}

err_t super_decode(struct span value, uint32_t *ret)
{
	struct rd r = RD(value);
	err_t e = record_open(&r);
	if (e)
		return e;
	uint32_t v = rd_u32(&r);
	if (!rd_end(&r) || !v)
		return ERR_DAMAGED;
	*ret = v;
	return ERR_OK;
}

void alias_encode(uint64_t ino, struct buf *out)
{
	if (record_begin(out, ino > 0))
		buf_u64(out, ino);
}

err_t alias_decode(struct span value, uint64_t *ret)
{
	struct rd r = RD(value);
	err_t e = record_open(&r);
	if (e)
		return e;
	uint64_t v = rd_u64(&r);
	if (!rd_end(&r) || !v)
		return ERR_DAMAGED;
	*ret = v;
	return ERR_OK;
}

void epoch_encode(const struct key *root, struct buf *out)
{
	if (record_begin(out, true))
		buf_put(out, root->b, sizeof(root->b));
}

err_t epoch_decode(struct span value, struct key *ret)
{
	struct rd r = RD(value);
	err_t e = record_open(&r);
	if (e)
		return e;
	if (r.left != sizeof(ret->b))
		return ERR_DAMAGED;
	rd_copy(&r, ret->b, sizeof(ret->b));
	return ERR_OK;
}

void checkpoint_encode(const struct checkpoint_rec *c, struct buf *out)
{
	if (!record_begin(out, c->epoch >= 1))
		return;
	buf_id(out, c->manifest_id);
	buf_hash(out, c->manifest);
	buf_u32(out, c->epoch);
}

err_t checkpoint_decode(struct span value, struct checkpoint_rec *ret)
{
	struct rd r = RD(value);
	struct checkpoint_rec c = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	c.manifest_id = rd_id(&r);
	c.manifest = rd_hash(&r);
	c.epoch = rd_u32(&r);
	if (!rd_end(&r) || !c.epoch)
		return ERR_DAMAGED;
	*ret = c;
	return ERR_OK;
}

static bool slot_ok(const struct slot_rec *s)
{
	return s->kind >= 1 && s->wrapped.len >= 1 && s->wrapped.len <= WRAPPED_MAX;
}

void slot_encode(const struct slot_rec *s, struct buf *out)
{
	if (!record_begin(out, slot_ok(s)))
		return;
	buf_u8(out, s->kind);
	buf_put(out, s->keys.sign, 32);
	buf_put(out, s->keys.box, 32);
	buf_put(out, s->wrapped.p, s->wrapped.len);
}

err_t slot_decode(struct span value, struct slot_rec *ret)
{
	struct rd r = RD(value);
	struct slot_rec s = { 0 };
	err_t e = record_open(&r);
	if (e)
		return e;
	s.kind = rd_u8(&r);
	rd_copy(&r, s.keys.sign, 32);
	rd_copy(&r, s.keys.box, 32);
	s.wrapped = SPAN(r.p, r.left);
	if (r.bad || !slot_ok(&s))
		return ERR_DAMAGED;
	*ret = s;
	return ERR_OK;
}
