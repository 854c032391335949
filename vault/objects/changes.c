/* SPDX-License-Identifier: MIT
 * Lists of changes. Layout: docs/format1.md, "Commit".
 */
#include "vault/objects/changes.h"

#include "vault/records/kinds.h"

#define CHANGE_DELETE UINT32_MAX
#define CHANGE_KEY_MAX 255
#define CHANGE_VALUE_MAX (16u << 20)

static bool change_key_ok(struct span key)
{
	uint8_t kind = key.len ? ((const uint8_t *)key.p)[0] : 0;
	return key.len <= CHANGE_KEY_MAX && kind > 0 && kind < REC_ORPHAN;
}

static bool change_key(struct buf *out, struct span key)
{
	if (!change_key_ok(key)) {
		out->failed = true;
		return false;
	}
	buf_u8(out, (uint8_t)key.len);
	buf_put(out, key.p, key.len);
	return true;
}

void change_put(struct buf *out, struct span key, struct span value)
{
	if (value.len < 1 || value.len > CHANGE_VALUE_MAX)
		out->failed = true;
	else if (change_key(out, key))
		buf_blob32(out, value);
}

void change_del(struct buf *out, struct span key)
{
	if (change_key(out, key))
		buf_u32(out, CHANGE_DELETE);
}

bool change_next(struct rd *r, struct span *key, struct span *value)
{
	if (r->bad || r->left == 0)
		return false;
	struct span k = { NULL, rd_u8(r) }, v = { NULL, 0 };
	k.p = rd_bytes(r, k.len);
	uint32_t len = rd_u32(r);
	if (len != CHANGE_DELETE) {
		v = SPAN(rd_bytes(r, len), len);
		r->bad |= len < 1 || len > CHANGE_VALUE_MAX;
	}
	if (r->bad || !change_key_ok(k)) {
		r->bad = true;
		return false;
	}
	*key = k;
	*value = v;
	return true;
}

err_t changes_check(struct span changes)
{
	struct rd r = RD(changes);
	struct span key, value, last = { NULL, 0 };
	while (change_next(&r, &key, &value)) {
		if (last.p && span_cmp(last, key) >= 0)
			return ERR_DAMAGED;
		last = key;
	}
	return rd_end(&r) ? ERR_OK : ERR_DAMAGED;
}
