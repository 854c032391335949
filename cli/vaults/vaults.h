/* SPDX-License-Identifier: MIT
 * The vaults known on this device: $XDG_DATA_HOME/cloudseal/NAME/ (0700), one directory each, with
 *     vault.json   settings (cli/vaults/conf.h); written last: a directory without it is an unfinished init or join
 *     header       copy of the store's header object     salt       of the local key
 *     map/         the sealed map (cache/)               last.json  what was not uploaded when it was locked
 *     mounts.json  where it was mounted lately         recovery.json  when the recovery key was checked
 *     lock         flock: taken by the one process that uses the vault      control    its socket      log
 * Nothing secret is readable in there.
 */
#pragma once

#include "cli/vaults/conf.h"
#include "util/id.h"

#include <limits.h>

#define VAULT_NAME_MAX 64
struct vault_dir {
	char name[VAULT_NAME_MAX + 1];
	char path[PATH_MAX];
	int fd;      /* of the directory */
	int lock_fd; /* -1: not locked by us */
};
#define VAULT_DIR_INIT ((struct vault_dir){ .fd = -1, .lock_fd = -1 })
/* vaults_close: gives the lock back, too. */
void vaults_close(struct vault_dir *v);
/* vaults_check_name: letters, digits, ".", "_", "-", not starting with "." or "-". */
MUST_CHECK err_t vaults_check_name(const char *name, struct why *why);
/* vaults_name_of: a name for the vault of a store URL (its last path component), "vault" if none fits. */
void vaults_name_of(const char *url, char out[VAULT_NAME_MAX + 1]);
/* vaults_open: ERR_NOTFOUND; ERR_INVAL: it is of another user; with a sentence. */
MUST_CHECK err_t vaults_open(const char *name, struct vault_dir *ret, struct why *why);
/* vaults_open_unfinished: what an init or join left that did not end; ERR_NOTFOUND also for a vault. */
MUST_CHECK err_t vaults_open_unfinished(const char *name, struct vault_dir *ret, struct why *why);
/* vaults_make: a new directory, locked by us, or that of an unfinished init or join (vaults_begun), as it was left.
 * ERR_EXISTS; refuses network, read-only and nearly full file systems. */
MUST_CHECK err_t vaults_make(const char *name, struct vault_dir *ret, struct why *why);
/* vaults_begun: an init or join got as far as a local secret there. vaults_clear: all of it goes. */
bool vaults_begun(const struct vault_dir *v);
MUST_CHECK err_t vaults_clear(const struct vault_dir *v, struct why *why);
enum vaults_visit { VAULTS_NEXT, VAULTS_STOP };
typedef enum vaults_visit (*vaults_fn)(void *ctx, const char *name);
/* vaults_each: names in order, until fn says stop. */
MUST_CHECK err_t vaults_each(vaults_fn fn, void *ctx, struct why *why);
/* vaults_place: which machine and folder that is: a copy elsewhere has another. Zero: it cannot be told. */
struct hash vaults_place(const struct vault_dir *v);
/* vaults_lock: ERR_BUSY when another process uses the vault. */
MUST_CHECK err_t vaults_lock(struct vault_dir *v, struct why *why);
/* Small files inside. vaults_write: whole, atomic, durable. */
MUST_CHECK err_t vaults_write(const struct vault_dir *v, const char *file, struct span bytes, struct why *why);
/* vaults_read: appends; ERR_LIMIT over `limit`. */
MUST_CHECK err_t vaults_read(const struct vault_dir *v, const char *file, size_t limit, struct buf *out,
                             struct why *why);
/* vaults_load_conf: the settings in vault.json. */
MUST_CHECK err_t vaults_load_conf(const struct vault_dir *v, struct conf *ret, struct why *why);
/* vaults_save_conf: replaces them. */
MUST_CHECK err_t vaults_save_conf(const struct vault_dir *v, const struct conf *c, struct why *why);
/* vaults_remove: the directory and all in it. */
MUST_CHECK err_t vaults_remove(struct vault_dir *v, struct why *why);
