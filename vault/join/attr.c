/* SPDX-License-Identifier: MIT */
#include "vault/join/attr.h"

#define PERMISSIONS 07777
#define NSEC_END 1000000000

void attr_put_mode(struct buf *out, const struct attr_mode *m)
{
	buf_u16(out, m->permissions);
	buf_put(out, m->acl.p, m->acl.len);
}

bool attr_get_mode(struct span value, struct attr_mode *ret)
{
	struct rd r = RD(value);
	struct attr_mode m = { .permissions = rd_u16(&r) };
	if (r.bad || m.permissions > PERMISSIONS || r.left > ATTR_ACL_MAX)
		return false;
	m.acl = SPAN(r.p, r.left);
	*ret = m;
	return true;
}

void attr_put_u32(struct buf *out, uint32_t v)
{
	buf_u32(out, v);
}

bool attr_get_u32(struct span value, uint32_t *ret)
{
	struct rd r = RD(value);
	uint32_t v = rd_u32(&r);
	if (!rd_end(&r))
		return false;
	*ret = v;
	return true;
}

void attr_put_rdev(struct buf *out, uint64_t v)
{
	buf_u64(out, v);
}

bool attr_get_rdev(struct span value, uint64_t *ret)
{
	struct rd r = RD(value);
	uint64_t v = rd_u64(&r);
	if (!rd_end(&r))
		return false;
	*ret = v;
	return true;
}

void attr_put_time(struct buf *out, struct attr_time t)
{
	buf_u64(out, (uint64_t)t.sec);
	buf_u32(out, t.nsec);
}

static struct attr_time get_time(struct rd *r)
{
	struct attr_time t = { .sec = (int64_t)rd_u64(r) };
	t.nsec = rd_u32(r);
	if (t.nsec >= NSEC_END)
		r->bad = true;
	return t;
}

bool attr_get_time(struct span value, struct attr_time *ret)
{
	struct rd r = RD(value);
	struct attr_time t = get_time(&r);
	if (!rd_end(&r))
		return false;
	*ret = t;
	return true;
}

void attr_put_times(struct buf *out, const struct attr_times *t)
{
	attr_put_time(out, t->access);
	attr_put_time(out, t->change);
	attr_put_time(out, t->birth);
}

bool attr_get_times(struct span value, struct attr_times *ret)
{
	struct rd r = RD(value);
	struct attr_times t = { .access = get_time(&r) };
	t.change = get_time(&r);
	t.birth = get_time(&r);
	if (!rd_end(&r))
		return false;
	*ret = t;
	return true;
}

bool attr_ok(enum attr_group group, struct span value)
{
	struct attr_mode mode;
	struct attr_times times;
	struct attr_time time;
	uint32_t id;
	uint64_t rdev;
	switch (group) {
	case ATTR_MODE:
		return attr_get_mode(value, &mode);
	case ATTR_UID:
	case ATTR_GID:
		return attr_get_u32(value, &id);
	case ATTR_RDEV:
		return attr_get_rdev(value, &rdev);
	case ATTR_MTIME:
		return attr_get_time(value, &time);
	case ATTR_TIMES:
		return attr_get_times(value, &times);
	default:
		return false;
	}
}
