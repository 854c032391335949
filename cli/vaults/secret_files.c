/* SPDX-License-Identifier: MIT */
#include "cli/vaults/secret_files.h"

#include "util/cleanup.h"

#define UNLOCK "unlock"
#define RESCUE "rescue"
#define FILE_MAX 4096 /* of a later version, too */

err_t secret_files_passphrase(const struct vault_dir *v, const struct local_at *at,
                              const struct wrap2_secret *passphrase, const struct key *local, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = local_unlock_seal(at, passphrase, local, &b);
	return e ? e : vaults_write(v, UNLOCK, buf_span(&b), why);
}

err_t secret_files_rescue(const struct vault_dir *v, const struct local_at *at, const struct box2_to *slot,
                          const struct key *local, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = local_rescue_seal(at, slot, local, &b);
	return e ? e : vaults_write(v, RESCUE, buf_span(&b), why);
}

/* damaged: what a failure means of a file, and what helps. ERR_LIMIT: it is too large, or asks for work that is out of
 * bounds. */
static err_t damaged(err_t e, const struct vault_dir *v, const char *file, const char *helps, struct why *why)
{
	if (e == ERR_NOTFOUND)
		return why_set(why, e, "%.200s/%s is missing: %s", v->path, file, helps);
	if (e == ERR_DAMAGED || e == ERR_LIMIT)
		return why_set(why, ERR_DAMAGED, "%.200s/%s is damaged: %s", v->path, file, helps);
	if (e == ERR_VERSION)
		return why_set(why, e, "%.200s/%s is of a newer version: a newer cloudseal is needed", v->path, file);
	return e;
}

static err_t get(const struct vault_dir *v, const char *file, struct buf *out, struct why *why)
{
	struct why inner = { 0 };
	err_t e = vaults_read(v, file, FILE_MAX, out, &inner);
	return e && e != ERR_NOTFOUND && e != ERR_LIMIT ? why_set(why, e, "%s", inner.text) : e;
}

err_t secret_files_unlock(const struct vault_dir *v, const struct local_at *at, struct span passphrase, struct key *ret,
                          struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	struct local_unlock u;
	err_t e = get(v, UNLOCK, &b, why);
	if (!e)
		e = local_unlock_decode(buf_span(&b), &u);
	if (!e)
		e = local_unlock_open(at, &u, passphrase, ret);
	if (e == ERR_WRONGKEY)
		return why_set(why, e, "this is not the passphrase of this vault on this device");
	return damaged(e, v, UNLOCK, "--recovery opens it with the recovery key", why);
}

err_t secret_files_recover(const struct vault_dir *v, const struct local_at *at, const struct signer_mine *slot,
                           struct key *ret, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = get(v, RESCUE, &b, why);
	if (!e)
		e = local_rescue_open(at, slot, buf_span(&b), ret);
	if (e == ERR_WRONGKEY)
		return why_set(why, e, "this recovery key is not the one that was in force here");
	return damaged(e, v, RESCUE, "if the passphrase is lost, too, forget this vault here and join again", why);
}
