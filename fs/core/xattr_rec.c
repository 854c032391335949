/* SPDX-License-Identifier: MIT
 * Extended attributes: short lists of what shares a name hash.
 */
#include "fs/core/xattr_rec.h"

#include "vault/records/codec.h"

#include <string.h>

static bool xattr_ok(const struct xattr_rec *x, const struct xattr_rec *before)
{
	return x->name.len >= 1 && x->name.len <= NAME_LEN_MAX && !memchr(x->name.p, 0, x->name.len) &&
	       x->value.len <= XATTR_VALUE_MAX && (!before || span_cmp(before->name, x->name) < 0);
}

void xattr_rec_encode(const struct xattr_rec *list, size_t n, struct buf *out)
{
	bool ok = n >= 1 && n <= XATTR_TIES_MAX;
	for (size_t i = 0; ok && i < n; i++)
		ok = xattr_ok(&list[i], i ? &list[i - 1] : NULL);
	if (!record_begin(out, ok))
		return;
	for (size_t i = 0; i < n; i++) {
		buf_u8(out, (uint8_t)list[i].name.len);
		buf_put(out, list[i].name.p, list[i].name.len);
		buf_blob32(out, list[i].value);
	}
}

err_t xattr_rec_decode(struct span value, struct xattr_rec list[XATTR_TIES_MAX], size_t *ret_n)
{
	struct rd r = RD(value);
	struct xattr_rec tmp[XATTR_TIES_MAX];
	size_t n = 0;
	err_t e = record_open(&r);
	if (e)
		return e;
	for (; r.left && n < XATTR_TIES_MAX; n++) {
		tmp[n].name = rd_blob8(&r);
		tmp[n].value = rd_blob32(&r);
		if (r.bad || !xattr_ok(&tmp[n], n ? &tmp[n - 1] : NULL))
			return ERR_DAMAGED;
	}
	if (!rd_end(&r) || n == 0)
		return ERR_DAMAGED;
	memcpy(list, tmp, n * sizeof(*tmp));
	*ret_n = n;
	return ERR_OK;
}
