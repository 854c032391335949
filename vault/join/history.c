/* SPDX-License-Identifier: MIT */
#include "vault/join/history.h"

#include "vault/join/attr.h"
#include "vault/join/inode_head.h"
#include "vault/join/place.h"
#include "vault/join/xattr_map.h"

#include <string.h>

#define HISTORY_LATER (HISTORY_XATTR + 1)

static struct name get_name(struct rd *r)
{
	struct name n = { .len = rd_u8(r) };
	rd_copy(r, n.b, n.len);
	return n;
}

static bool place_ok(struct rd r)
{
	uint8_t flags = rd_u8(&r);
	uint64_t dir = rd_u64(&r);
	struct name name = get_name(&r);
	return rd_end(&r) && flags == 0 && dir && place_name_ok(&name);
}

static bool xattr_ok(struct rd r)
{
	struct name name = get_name(&r);
	uint8_t there = rd_u8(&r);
	bool named = name.len && !memchr(name.b, 0, name.len);
	return !r.bad && named && there <= 1 && r.left <= (there ? XATTR_BYTES_MAX : 0);
}

bool history_ok(const struct vault_name *n, struct span value)
{
	struct rd r = RD(value);
	(void)rd_u64(&r);
	if (r.bad)
		return false;
	if (n->group == GROUP_PLACE)
		return place_ok(r);
	if (n->group >= GROUP_ATTR && n->group < GROUP_ATTR + ATTR_GROUPS)
		return n->sub == 0 && attr_ok((enum attr_group)(n->group - GROUP_ATTR), SPAN(r.p, r.left));
	return n->group == HISTORY_XATTR ? xattr_ok(r) : n->group >= HISTORY_LATER;
}
