/* SPDX-License-Identifier: MIT
 * From NAME to a served mount.
 */
#include "cli/commands/mount.h"

#include "cli/commands/recovery_told.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/ending.h"
#include "cli/daemon/mount_point.h"
#include "cli/daemon/mounted_vault_readonly.h"
#include "cli/secrets/new_passphrase.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/vaults/disk.h"
#include "cli/vaults/disk_fit.h"
#include "cli/vaults/last.h"
#include "cli/vaults/local.h"
#include "util/cleanup.h"

#include <string.h>

/* Little: log and map hold their own reserve, and who filled the disk must be able to mount and delete. */
#define MOUNT_NEEDS (1u << 20)

/* wanted_point: where to mount: DIR, the setting, or ~/cloudseal/NAME. */
static err_t wanted_point(struct daemon *d, const struct conf *c, struct why *why)
{
	char text[PATH_MAX];
	const char *home = getenv("HOME"),
	           *dir = d->options->nargs > 1 ? d->options->args[1] : c->text[CONF_MOUNT_POINT];
	if (!dir && (!home || home[0] != '/'))
		return why_set(why, ERR_INVAL, "HOME is not set: say where to mount: cloudseal mount NAME DIR");
	if (dir)
		snprintf(text, sizeof(text), "%s", dir);
	else
		snprintf(text, sizeof(text), "%s/cloudseal/%s", home, d->dir.name);
	if (mount_point_clear_stale(text, why))
		escape_print(stderr, "cloudseal: %s: removed the dead mount that a crash left at %s", d->dir.name,
		             text);
	if (!dir) {
		d->made_mount_point = access(text, F_OK) != 0;
		err_t e = disk_mkdirs(text, why);
		if (e)
			return e;
	}
	if (!realpath(text, d->mount_point))
		return mount_point_missing(text, errno, why);
	return mount_point_check(d->mount_point, why);
}

static err_t lock_vault(struct daemon *d, struct why *why)
{
	struct last l;
	err_t e = ending_lock(&d->dir, ENDING_UPLOADS_END, why);
	last_read(&d->dir, &l);
	/* the vault is ours, so what its last daemon left mounted is dead */
	if (!e && l.open && l.mount_point[0] && mount_point_clear_stale(l.mount_point, NULL))
		escape_print(stderr, "cloudseal: %s: removed the dead mount that a crash left at %s", d->dir.name,
		             l.mount_point);
	last_known(&l, d->known, sizeof(d->known));
	return e;
}

/* header_of: the local copy, so that offline works; from the store when that is missing or damaged. */
static err_t header_of(const struct daemon *d, const struct conf *c, struct header *ret, bool *ret_copy,
                       struct why *why)
{
	struct why local = { 0 };
	err_t e = local_header(&d->dir, ret, &local);
	*ret_copy = !e;
	if (e != ERR_NOTFOUND && e != ERR_DAMAGED)
		return e ? why_set(why, e, "%s", local.text) : ERR_OK;
	return unlock_header_at(c, ret, why); /* another's: then the local secret does not open */
}

static err_t prepare(struct daemon *d, struct conf *c, struct why *why)
{
	err_t e = vaults_load_conf(&d->dir, c, why);
	if (!e)
		e = disk_check(d->dir.fd, d->dir.path, MOUNT_NEEDS, why);
	if (!e)
		e = lock_vault(d, why);
	if (e)
		return e;
	secret_files_tidy(&d->dir);
	return wanted_point(d, c, why);
}

/* new_passphrase: who needs the recovery key here has no other that opens it. */
static err_t new_passphrase(const struct daemon *d, const struct unlock_source *s, const struct unlocked *u,
                            struct why *why)
{
	cleanup(new_passphrase_free) struct new_passphrase pass = { 0 };
	const struct local_at at = local_of(&u->header);
	err_t e = new_passphrase_ask(s, &pass, why);
	if (!e)
		e = new_passphrase_set(&pass, &d->dir, &at, u->local, why);
	secret_input_done();
	return e;
}

static err_t ask(const struct daemon *d, const struct conf *c, struct unlocked *u, struct why *why)
{
	const struct unlock_source source = { &d->options->secret, c, d->dir.name };
	bool copy;
	err_t e = header_of(d, c, &u->header, &copy, why);
	if (!e)
		e = unlock_local(&d->dir, &u->header, &source, &u->local, why);
	if (!e && !copy)
		e = local_save_header(&d->dir, &u->header, why);
	return e || !unlock_by_recovery(&source) ? e : new_passphrase(d, &source, u, why);
}

static err_t unlock(struct daemon *d, struct conf *c, struct mounted_vault **ret, struct why *why)
{
	struct unlocked u = { 0 };
	err_t e = ask(d, c, &u, why);
	if (!e)
		e = daemon_block_signals();
	if (e) {
		unlocked_free(&u);
		return e;
	}
	return mounted_vault_open(&d->dir, c, &u, ret, why);
}

/* force_writable: by the option, or in fstab. */
static bool force_writable(const struct daemon *d)
{
	return d->options->force_writable || d->mount_options.force_writable;
}

static int run(struct daemon *d)
{
	cleanup(conf_free) struct conf c = { 0 };
	struct mounted_vault *vault = NULL;
	struct why why = { 0 };
	err_t e = prepare(d, &c, &why);
	if (!e && mount_point_check_fuse(&why))
		return exit_fail(ERR_CANCELED, d->dir.name, &why);
	if (!e)
		e = unlock(d, &c, &vault, &why);
	if (e && d->made_mount_point && rmdir(d->mount_point))
		why_set(&why, e, "%s", err_text(e));
	if (e)
		return exit_fail(e, d->dir.name, &why);
	const bool said = mounted_vault_protect(vault, force_writable(d));
	if (d->known[0] && !said) /* whether it lasts is seen when the cloud is looked at */
		exit_say(EXIT_OK, "%s: known from before: %s: cloudseal status %s tells whether it lasts", d->dir.name,
		         d->known, d->dir.name);
	return daemon_serve(d, vault);
}

/* take_mount_options: -o, some of which stand for options of their own. */
static err_t take_mount_options(struct daemon *d, struct options *o, struct why *why)
{
	struct mount_options *m = &d->mount_options;
	err_t e = o->mount_options ? mount_options_parse(o->mount_options, m, why) : ERR_OK;
	if (!e && m->remount)
		e = why_set(why, ERR_INVAL,
		            "remount is for mount -t fuse.cloudseal; anything but its flags: lock, and mount again");
	if (!e && m->setuid[0] && !o->source)
		e = why_set(why, ERR_INVAL, "setuid is for mount -t fuse.cloudseal");
	if (!e && m->passfile[0] && !o->secret.passfile)
		o->secret.passfile = m->passfile;
	return e;
}

int command_mount(const struct options *given)
{
	struct options o = *given;
	struct daemon d = { .dir = VAULT_DIR_INIT, .options = &o, .report = -1 };
	struct why why = { 0 };
	int code;
	daemon_note_descriptors(&d);
	err_t e = take_mount_options(&d, &o, &why);
	if (!e)
		e = vaults_open(o.args[0], &d.dir, &why);
	if (e)
		return exit_fail(e, o.args[0], &why);
	if (daemon_fork(&d, &code) == DAEMON_CHILD)
		code = run(&d);
	else if (!code && !o.source)
		recovery_tell(&d.dir, stdout);
	vaults_close(&d.dir);
	return code;
}
