/* SPDX-License-Identifier: MIT
 * Names of objects on the store: 32 hex digits that say nothing without the epoch's name key.
 */
#include "vault/objects/name.h"

#include "util/cleanup.h"
#include "util/hex.h"

#include <string.h>

void name_id(struct id id, char out[OBJECT_NAME])
{
	hex_encode(id.b, ID_LEN, out);
}

/* name_prf: the first 16 bytes of HMAC(name key, label || context). */
static err_t name_prf(const struct keyring *k, uint32_t epoch, const char *label, struct span context,
                      char out[OBJECT_NAME])
{
	cleanup(key_wipe) struct key key = { 0 };
	cleanup(buf_free) struct buf in = BUF_INIT;
	uint8_t mac[HASH_LEN];
	err_t e = keyring_key(k, epoch, KEY_NAMES, &key);
	if (e)
		return e;
	buf_put(&in, label, strlen(label));
	buf_put(&in, context.p, context.len);
	e = buf_ok(&in);
	if (!e)
		e = crypto_hmac(SPAN(key.b, sizeof(key.b)), buf_span(&in), mac);
	if (!e)
		name_id(id_from(mac), out);
	return e;
}

err_t name_join(const struct keyring *k, uint32_t epoch, uint64_t i, char out[OBJECT_NAME])
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	buf_u64(&b, i);
	err_t e = buf_ok(&b);
	return e ? e : name_prf(k, epoch, "cloudseal name join", buf_span(&b), out);
}
