/* SPDX-License-Identifier: MIT */
#include "cli/vaults/local.h"

#include "util/cleanup.h"

#include <string.h>
#include <sys/stat.h>

#define SALT_LEN 32

static err_t salt_of(const struct vault_dir *v, bool fresh, uint8_t salt[SALT_LEN], struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	if (fresh) {
		err_t e = crypto_random(salt, SALT_LEN);
		return e ? e : vaults_write(v, "salt", SPAN(salt, SALT_LEN), why);
	}
	err_t e = vaults_read(v, "salt", SALT_LEN, &b, why);
	if (!e && b.len != SALT_LEN)
		e = ERR_DAMAGED;
	if (e)
		return why_set(
		        why, e == ERR_IO ? e : ERR_DAMAGED,
		        "local state: the salt file is missing or damaged: forget this vault here and join again");
	memcpy(salt, b.p, SALT_LEN);
	return ERR_OK;
}

err_t local_open(const struct vault_dir *v, const struct keyring *keyring, bool fresh, struct map **ret,
                 struct why *why)
{
	char dir[PATH_MAX + 8];
	uint8_t salt[SALT_LEN];
	cleanup(key_wipe) struct key key;
	err_t e = salt_of(v, fresh, salt, why);
	if (!e)
		e = keyring_local_key(keyring, salt, &key);
	if (e)
		return e;
	if (mkdirat(v->fd, "map", 0700) && (errno != EEXIST || fresh))
		return why_set(why, ERR_IO, "%.300s/map: %s", v->path, strerror(errno));
	snprintf(dir, sizeof(dir), "%s/map", v->path);
	struct map_config c = { .dir = dir, .key = &key };
	struct why inner = { 0 };
	e = map_open(&c, ret, &inner);
	if (e == ERR_WRONGKEY) /* the vault is open, so it was no wrong secret */
		return why_set(
		        why, ERR_DAMAGED,
		        "local state: %.200s/map is damaged or another vault's: forget this vault here and join again",
		        v->path);
	if (e)
		return why_set(why, e, "%s", inner.text[0] ? inner.text : err_text(e));
	return ERR_OK;
}

void local_map_close(struct map **m)
{
	if (*m && map_close(*m))
		fprintf(stderr, "cloudseal: the local state could not be written completely\n");
	*m = NULL;
}

err_t local_header(const struct vault_dir *v, struct header **ret, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = vaults_read(v, "header", HEADER_MAX, &b, why);
	return e ? e : header_decode(buf_span(&b), ret, why);
}

err_t local_save_header(const struct vault_dir *v, const struct header *h, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = header_encode(h, &b);
	return e ? e : vaults_write(v, "header", buf_span(&b), why);
}
