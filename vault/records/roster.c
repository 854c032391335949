/* SPDX-License-Identifier: MIT
 * Names of devices, and epoch roots.
 */
#include "vault/records/roster.h"

#include "util/utf8.h"
#include "vault/records/codec.h"

bool device_name_ok(struct span name)
{
	return name.len >= 1 && name.len <= DEVICE_NAME_MAX && utf8_plain(name);
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
