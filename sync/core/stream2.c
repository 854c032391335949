/* SPDX-License-Identifier: MIT */
#include "sync/core/stream2.h"

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "vault/objects/applied2.h"

#include <string.h>

err_t stream2_hash(struct id stream, struct hash *ret)
{
	static const char label[] = "cloudseal stream";
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct hash h;
	buf_put(&b, label, strlen(label));
	buf_id(&b, stream);
	err_t e = buf_ok(&b);
	if (!e)
		e = crypto_sha256(buf_span(&b), &h);
	if (e)
		return e;
	if (applied_stream(h) == 0)
		return ERR_CRYPTO;
	*ret = h;
	return ERR_OK;
}

err_t stream2_number(struct id stream, uint64_t *ret)
{
	struct hash h;
	err_t e = stream2_hash(stream, &h);
	if (!e)
		*ret = applied_stream(h);
	return e;
}
