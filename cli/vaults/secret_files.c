/* SPDX-License-Identifier: MIT */
#include "cli/vaults/secret_files.h"

#include "cli/ui/test_switch.h"
#include "cli/vaults/disk.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#define UNLOCK "unlock"
#define OTHER "unlock.other" /* whole, and not in force: the next one, then the one before */
#define RESCUE "rescue"
#define RESCUE_NEXT "rescue.next" /* whole; of a slot that comes into force */
#define FILE_MAX 4096             /* of a later version, too */

static err_t failed(const struct vault_dir *v, const char *file, struct why *why)
{
	err_t e = errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO;
	return why_set(why, e, "cannot write %.300s/%s: %s", v->path, file, strerror(errno));
}

/* hold: *ret is the caller's to close: until then nobody else changes `unlock`. */
static err_t hold(const struct vault_dir *v, int *ret, struct why *why)
{
	cleanup_fd int fd = openat(v->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return failed(v, UNLOCK, why);
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno != EWOULDBLOCK
		               ? failed(v, UNLOCK, why)
		               : why_set(why, ERR_BUSY,
		                         "its passphrase is being changed by another cloudseal: try again");
	*ret = steal_fd(fd);
	return ERR_OK;
}

/* overwrite: zeros over what the file has, as far as the file system writes in place. */
static bool overwrite(int fd)
{
	static const uint8_t zeros[LOCAL_UNLOCK_LEN];
	return disk_put_all(fd, SPAN(zeros, sizeof(zeros))) && !fsync(fd);
}

static err_t destroy_one(const struct vault_dir *v, const char *file, struct why *why)
{
	cleanup_fd int fd = openat(v->fd, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return ERR_OK;
	bool good = fd >= 0 && overwrite(fd);
	TEST_KILL("unlock-overwritten");
	good = good && !unlinkat(v->fd, file, 0) && !fsync(v->fd);
	return good ? ERR_OK : failed(v, file, why);
}

/* destroy: of those that are not in force nothing is left, nor of one that was not written to the end. */
static err_t destroy(const struct vault_dir *v, struct why *why)
{
	err_t e = destroy_one(v, OTHER, why);
	return e ? e : destroy_one(v, OTHER ".new", why);
}

/* rid: as destroy, where nothing but that is left to do. */
static void rid(const struct vault_dir *v)
{
	struct why why = { 0 };
	if (destroy(v, &why))
		log_warn(AREA_CLI, "what opened %s before is still on the disk, until the next mount: %s", v->name,
		         why.text);
}

/* put_in_force: OTHER, which is durable, becomes `unlock`, and the one before, if there is one, OTHER. */
static err_t put_in_force(const struct vault_dir *v, struct why *why)
{
	int err = renameat2(v->fd, OTHER, v->fd, UNLOCK, RENAME_EXCHANGE);
	if (err) /* there is none yet, or the file system cannot */
		err = renameat(v->fd, OTHER, v->fd, UNLOCK);
	TEST_KILL("unlock-in-force");
	return err || fsync(v->fd) ? failed(v, UNLOCK, why) : ERR_OK;
}

err_t secret_files_passphrase(const struct vault_dir *v, const struct local_at *at,
                              const struct wrap_secret *passphrase, const struct key *local, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	cleanup_fd int held = -1;
	err_t e = local_unlock_seal(at, passphrase, local, &b);
	TEST_KILL("unlock-sealed");
	if (!e)
		e = hold(v, &held, why);
	if (!e)
		e = destroy(v, why); /* what a crash left */
	if (!e)
		e = vaults_write(v, OTHER, buf_span(&b), why);
	TEST_KILL("unlock-written");
	if (!e)
		e = put_in_force(v, why);
	TEST_KILL("unlock-durable");
	if (!e)
		rid(v);
	return e;
}

void secret_files_tidy(const struct vault_dir *v)
{
	cleanup_fd int held = -1;
	if (!hold(v, &held, NULL))
		rid(v);
}

err_t secret_files_rescue(const struct vault_dir *v, const struct local_at *at, const struct box_to *slot,
                          const struct key *local, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = local_rescue_seal(at, slot, local, &b);
	return e ? e : vaults_write(v, RESCUE, buf_span(&b), why);
}

err_t secret_files_rescue_next(const struct vault_dir *v, const struct local_at *at, const struct box_to *slot,
                               const struct key *local, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = local_rescue_seal(at, slot, local, &b);
	return e ? e : vaults_write(v, RESCUE_NEXT, buf_span(&b), why);
}

err_t secret_files_rescue_take(const struct vault_dir *v, struct why *why)
{
	bool good = !renameat(v->fd, RESCUE_NEXT, v->fd, RESCUE) && !fsync(v->fd);
	return good ? ERR_OK : failed(v, RESCUE, why);
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

static err_t recover(const struct vault_dir *v, const char *file, const struct local_at *at,
                     const struct signer_mine *slot, struct key *ret, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = get(v, file, &b, why);
	return e ? e : local_rescue_open(at, slot, buf_span(&b), ret);
}

err_t secret_files_recover(const struct vault_dir *v, const struct local_at *at, const struct signer_mine *slot,
                           struct key *ret, struct why *why)
{
	err_t e = recover(v, RESCUE, at, slot, ret, why);
	if (e && !recover(v, RESCUE_NEXT, at, slot, ret, NULL))
		return ERR_OK;
	if (e == ERR_WRONGKEY)
		return why_set(why, e, "this recovery key is not the one that was in force here");
	return damaged(e, v, RESCUE, "if the passphrase is lost, too, forget this vault here and join again", why);
}
