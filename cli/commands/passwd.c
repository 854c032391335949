/* SPDX-License-Identifier: MIT
 * The passphrase that opens a vault on this device becomes another: the file `unlock` is made anew, and nothing else.
 * So it needs neither the cloud nor that the vault is locked, and no other device hears of it.
 */
#include "cli/commands/passwd.h"

#include "cli/secrets/askpass.h"
#include "cli/secrets/new_passphrase.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/vaults/local.h"
#include "util/cleanup.h"

#include <string.h>

struct changing {
	struct vault_dir v;
	struct conf conf;
	struct header header; /* the copy */
	struct key *local;    /* secret_alloc'ed */
};

static void changing_free(struct changing *c)
{
	vaults_close(&c->v);
	conf_free(&c->conf);
	header_free(&c->header);
	secret_freep(&c->local);
}

/* new_from: where the new passphrase comes from: never where the old one was read. With the recovery key none was read,
 * and it is as for `mount --recovery`. */
static struct secret_from new_from(const struct unlock_source *s)
{
	struct secret_from from = unlock_from(s);
	from.option = "--new-passfile";
	if (!unlock_by_recovery(s))
		from.file = NULL;
	if (s->options->new_passfile) {
		from.file = s->options->new_passfile;
		from.fd = -1;
	}
	return from;
}

/* other_than: who changes a passphrase may think that the one before opens nothing any more. */
static err_t other_than(const struct changing *c, const struct new_passphrase *p, struct why *why)
{
	cleanup(key_wipe) struct key is = { 0 };
	const struct local_at at = local_of(&c->header);
	if (secret_files_unlock(&c->v, &at, SPAN(p->text.p, p->text.len), &is, NULL))
		return ERR_OK;
	return why_set(why, ERR_INVAL, "that is the passphrase which it has already: nothing was changed");
}

/* ask_new: whoever gave one line alone took it for all that is wanted. */
static err_t ask_new(const struct unlock_source *s, const char *name, struct new_passphrase *ret, struct why *why)
{
	const struct secret_from from = new_from(s);
	struct why said = { 0 };
	err_t e = new_passphrase_ask_from(&from, name, ret, &said);
	const char *reason = said.text[0] ? said.text : err_text(e);
	if (!e || from.fd < 0)
		return e ? why_set(why, e, "%s", reason) : ERR_OK;
	if (unlock_by_recovery(s) || !strstr(reason, "is empty"))
		return why_set(why, e, "no new passphrase: %.200s", reason);
	return why_set(why, e,
	               "no new passphrase: there is no second line in the descriptor (--passfd reads the old "
	               "passphrase from the first line, the new one from the second)");
}

static err_t change(struct changing *c, const struct unlock_source *s, struct why *why)
{
	cleanup(new_passphrase_free) struct new_passphrase pass = { 0 };
	const struct local_at at = local_of(&c->header);
	err_t e = unlock_local(&c->v, &c->header, s, &c->local, why);
	if (!e)
		e = ask_new(s, c->v.name, &pass, why);
	if (!e)
		e = other_than(c, &pass, why);
	if (!e)
		e = new_passphrase_set(&pass, &c->v, &at, c->local, why);
	secret_input_done();
	return e;
}

/* tell: and what still has the old one, or another. */
static void tell(const struct changing *c, const struct options *o)
{
	const char *file = c->conf.text[CONF_PASSPHRASE_FILE];
	printf("The passphrase of %s on this device is changed.\n", c->v.name);
	if (file && (!o->secret.new_passfile || strcmp(file, o->secret.new_passfile) != 0) &&
	    !(o->secret.recovery || o->secret.recovery_file))
		escape_print(stdout, "The setting passphrase-file names %s: write the new passphrase there.", file);
	if (header_opens(&c->header, SIGNER_PASSPHRASE))
		puts("Its portable passphrase, which opens it from the cloud, stays as it was.");
	if (fflush(stdout))
		return; /* said by who called */
	if (askpass_forget(c->v.name))
		puts("The desktop's keyring does not have the old one any more.");
}

int command_passwd(const struct options *o)
{
	cleanup(changing_free) struct changing c = { .v = VAULT_DIR_INIT };
	struct why why = { 0 };
	err_t e = vaults_open(o->args[0], &c.v, &why);
	if (!e)
		e = vaults_load_conf(&c.v, &c.conf, &why);
	if (!e)
		e = local_header_wanted(&c.v, &c.header, &why);
	const struct unlock_source source = { &o->secret, &c.conf, c.v.name };
	if (!e)
		e = change(&c, &source, &why);
	if (e)
		return exit_fail(e, o->args[0], &why);
	tell(&c, o);
	return EXIT_OK;
}
