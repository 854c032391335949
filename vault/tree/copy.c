/* SPDX-License-Identifier: MIT */
#include "vault/tree/copy.h"

#include "crypto/crypto.h"
#include "util/cleanup.h"

err_t copy_of(uint64_t ino, const struct version_id *root, bool alone, struct copy *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_put(&b, "cloudseal copy", 14);
	buf_u64(&b, ino);
	buf_u64(&b, root->stamp.lamport);
	buf_u64(&b, root->stamp.stream);
	buf_u64(&b, root->stamp.n);
	buf_id(&b, root->tag);
	buf_u8(&b, alone);
	struct hash h;
	err_t e = buf_ok(&b);
	if (e == ERR_OK)
		e = crypto_sha256(buf_span(&b), &h);
	if (e != ERR_OK)
		return e;
	struct rd r = RD(hash_span(&h));
	ret->ino = rd_u64(&r);
	ret->birth = rd_id(&r);
	return ERR_OK;
}
