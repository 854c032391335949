/* SPDX-License-Identifier: MIT */
#include "cli/commands/rebuild.h"

#include "cli/commands/give_up.h"
#include "cli/commands/join.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define SUFFIX ".rebuilding"
#define MOUNTS "mounts.json"
#define MOUNTS_MAX 262144

/* other_name: of the state that is made. ERR_EXISTS: there is one. */
static err_t other_name(const struct vault_dir *v, char out[VAULT_NAME_MAX + 1], struct why *why)
{
	cleanup(vaults_close) struct vault_dir other = VAULT_DIR_INIT;
	int room = VAULT_NAME_MAX - (int)strlen(SUFFIX);
	snprintf(out, VAULT_NAME_MAX + 1, "%.*s" SUFFIX, room, v->name);
	if (vaults_open(out, &other, NULL))
		return ERR_OK;
	return why_set(why, ERR_EXISTS, "%s is left of a rebuild that was ended: cloudseal forget %s first", out, out);
}

/* join_options: how the vault is joined that has these settings. */
static struct options join_options(const struct options *given, const struct conf *c, const char *name)
{
	struct options o = *given;
	o.name = name;
	o.no_environment = true;
	o.args[0] = c->text[CONF_STORE];
	o.store = (struct store_options){ c->text[CONF_ENDPOINT],   c->text[CONF_REGION],  c->text[CONF_PROFILE],
		                          c->text[CONF_ADDRESSING], c->text[CONF_CA_FILE], c->text[CONF_USER],
		                          c->text[CONF_PASS_FILE] };
	if (!o.secret.passfile && o.secret.passfd < 0 && !o.secret.recovery && !o.secret.recovery_file)
		o.secret.passfile = c->text[CONF_PASSPHRASE_FILE];
	return o;
}

/* carry: the folders that it was mounted on, for traces and for `forget`. */
static err_t carry(const struct vault_dir *old, const struct vault_dir *new, struct why *why)
{
	cleanup(buf_free) struct buf mounts = BUF_INIT;
	err_t e = vaults_read(old, MOUNTS, MOUNTS_MAX, &mounts, NULL);
	return e ? ERR_OK : vaults_write(new, MOUNTS, buf_span(&mounts), why);
}

/* exchange: of the two directories; their names are durable. */
static err_t exchange(struct vault_dir *old, struct vault_dir *new, struct why *why)
{
	char parent[PATH_MAX];
	if (renameat2(AT_FDCWD, old->path, AT_FDCWD, new->path, RENAME_EXCHANGE))
		return why_set(why, ERR_IO,
		               "%.200s is made, but cannot change places: %s: forget the vault, and use that one",
		               new->name, strerror(errno));
	snprintf(parent, sizeof(parent), "%s", old->path);
	*strrchr(parent, '/') = 0;
	cleanup_fd int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		return why_set(why, ERR_IO, "%.300s: %s", parent, strerror(errno));
	snprintf(parent, sizeof(parent), "%s", old->path);
	snprintf(old->path, sizeof(old->path), "%s", new->path);
	snprintf(new->path, sizeof(new->path), "%s", parent);
	return ERR_OK;
}

static err_t take_place(struct vault_dir *old, struct vault_dir *new, const struct conf *c, struct why *why)
{
	err_t e = carry(old, new, why);
	if (!e)
		e = vaults_save_conf(new, c, why);
	if (!e)
		e = exchange(old, new, why);
	return e ? e : vaults_remove(old, why);
}

static int rebuild(const struct options *given, struct vault_dir *old)
{
	cleanup(new_vault_close) struct new_vault new = { .dir = VAULT_DIR_INIT };
	cleanup(conf_free) struct conf c = { 0 };
	char name[VAULT_NAME_MAX + 1];
	struct why why = { 0 };
	err_t e = vaults_load_conf(old, &c, &why);
	if (!e)
		e = other_name(old, name, &why);
	if (e)
		return exit_fail(e, old->name, &why);
	const struct options o = join_options(given, &c, name);
	int code = join_vault(&o, &new);
	if (code)
		return code;
	e = take_place(old, &new.dir, &c, &why);
	if (e)
		return exit_fail(e, old->name, &why);
	escape_print(stdout, "Rebuilt vault %s from %s. Nothing is pinned on this device now.", old->name,
	             c.text[CONF_STORE]);
	printf("Open it with: cloudseal mount %s\n", old->name);
	return EXIT_OK;
}

int command_rebuild(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	int code = give_up(o, "rebuild", &v);
	return code ? code : rebuild(o, &v);
}
