/* SPDX-License-Identifier: MIT */
#include "vault/keys/epoch_keys.h"

#include "util/cleanup.h"

void epoch_at_put(struct buf *out, const struct epoch_at *e)
{
	buf_id(out, e->vault);
	buf_hash(out, e->genesis);
	buf_u32(out, e->number);
	buf_hash(out, e->id);
}

err_t epoch_key(const struct key *root, const struct epoch_at *e, enum key_purpose which, struct key *ret)
{
	static const char *const labels[] = { "cloudseal names", "cloudseal objects", "cloudseal blocks" };
	cleanup(buf_free) struct buf context = BUF_INIT;
	epoch_at_put(&context, e);
	err_t err = buf_ok(&context);
	return err ? err : crypto_subkey(root, labels[which], buf_span(&context), ret);
}
