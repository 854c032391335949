/* SPDX-License-Identifier: MIT */
#include "vault/objects/name.h"

#include "util/cleanup.h"
#include "util/hex.h"

#include <string.h>

void name_id(struct id id, char out[OBJECT_NAME])
{
	hex_encode(id.b, ID_LEN, out);
}

/* name: the first 16 bytes of HMAC(names, label || context). */
static err_t name(const struct key *names, const char *label, struct span context, char out[OBJECT_NAME])
{
	cleanup(buf_free) struct buf in = BUF_INIT;
	uint8_t mac[HASH_LEN];
	buf_put(&in, label, strlen(label));
	buf_put(&in, context.p, context.len);
	err_t e = buf_ok(&in);
	if (!e)
		e = crypto_hmac(SPAN(names->b, sizeof(names->b)), buf_span(&in), mac);
	if (!e)
		name_id(id_from(mac), out);
	return e;
}

err_t name_commit(const struct key *names, struct hash stream, uint64_t n, uint32_t part, char out[OBJECT_NAME])
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_hash(&b, stream);
	buf_u64(&b, n);
	buf_u32(&b, part);
	err_t e = buf_ok(&b);
	return e ? e : name(names, "cloudseal name commit", buf_span(&b), out);
}

err_t name_head(const struct key *names, struct hash stream, char out[OBJECT_NAME])
{
	return name(names, "cloudseal name head", hash_span(&stream), out);
}

err_t name_join(const struct key *names, uint64_t i, char out[OBJECT_NAME])
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_u64(&b, i);
	err_t e = buf_ok(&b);
	return e ? e : name(names, "cloudseal name join", buf_span(&b), out);
}

err_t name_root(const struct key *names, struct id device, char out[OBJECT_NAME])
{
	return name(names, "cloudseal name root", id_span(&device), out);
}

err_t name_copy(const struct key *names, struct hash object, char out[OBJECT_NAME])
{
	return name(names, "cloudseal name hash", SPAN(object.b, ID_LEN), out);
}

err_t name_guide(const struct key *names, char out[OBJECT_NAME])
{
	return name(names, "cloudseal name guide", SPAN("", 0), out);
}
