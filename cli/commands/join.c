/* SPDX-License-Identifier: MIT
 * An existing vault on this device, from the store alone. The recovery key, or a portable passphrase, opens a slot of
 * the header; the slot says that this device joins. What opens the vault here from then on is a passphrase of this
 * device, which nothing on the store can be compared with.
 *
 * In this order: what gives the local secret back; the signer of this device, durable; what is said of it, which is
 * durable before the store has it; header and settings. A join that ends before that is said leaves nothing. One that
 * ends later leaves its staging, and the next join of that name and vault goes on with the same signer
 * (cli/vaults/resume.h).
 */
#include "cli/commands/join.h"

#include "cli/commands/join_invited.h"
#include "cli/secrets/new_passphrase.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/progress.h"
#include "cli/vaults/invited_file.h"
#include "cli/vaults/local.h"
#include "cli/vaults/recovery_noted.h"
#include "cli/vaults/resume.h"
#include "cli/vaults/slot_files.h"
#include "sync/bootstrap.h"
#include "sync/bootstrap_join.h"
#include "util/cleanup.h"
#include "vault/changeset/published.h"
#include "vault/keys/record_keys.h"

#include <string.h>
#include <time.h>

static void joining_free(struct joining *j)
{
	header_free(&j->header);
	unlock_slot_free(&j->slot);
	resumed_free(&j->at);
	invitation_reply_free(&j->reply);
	keyring_freep(&j->keyring);
}

/* -- what this device is ------------------------------------------------------------------------------------------ */

/* passphrase_of: of this device: a portable one is both. */
static err_t passphrase_of(struct joining *j, const struct unlock_source *s, struct new_passphrase *ret,
                           struct why *why)
{
	if (j->slot.passphrase.p)
		return new_passphrase_of(&j->slot.passphrase, ret);
	return new_passphrase_ask(s, ret, why);
}

static bool by_recovery(const struct joining *j)
{
	return j->slot.opened.slot && j->slot.opened.slot->kind == SIGNER_RECOVERY;
}

/* set_passphrase: also where an earlier try had another one. */
static err_t set_passphrase(struct joining *j, const struct unlock_source *s, struct why *why)
{
	cleanup(new_passphrase_free) struct new_passphrase pass = { 0 };
	const struct local_at at = local_of(&j->header);
	err_t e = passphrase_of(j, s, &pass, why);
	return e ? e : new_passphrase_set(&pass, &j->v->dir, &at, j->at.local, why);
}

/* rescue_first: a recovery slot that is open needs no records for it. So the next try needs the recovery key alone. */
static err_t rescue_first(const struct joining *j, struct why *why)
{
	const struct local_at at = local_of(&j->header);
	const struct signer_mine *slot = j->slot.opened.slot;
	const struct box_to to = { SPAN(slot->box_key, sizeof(slot->box_key)), &slot->mix };
	return by_recovery(j) ? secret_files_rescue(&j->v->dir, &at, &to, j->at.local, why) : ERR_OK;
}

static err_t draw_local(struct key **ret)
{
	*ret = secret_alloc(sizeof(**ret));
	return *ret ? crypto_random((*ret)->b, sizeof((*ret)->b)) : ERR_NOMEM;
}

/* begin: what an earlier try left is gone on with, or goes. */
static err_t begin(struct joining *j, struct why *why)
{
	const struct local_at at = local_of(&j->header);
	const struct secret_text *typed = &j->slot.passphrase;
	const struct resume_by by = { j->slot.opened.slot, SPAN(typed->p, typed->len) };
	err_t e = resume_open(j->v, &at, &by, &j->at);
	if (e != ERR_NOTFOUND)
		return e;
	e = new_vault_anew(j->v, why);
	if (!e)
		e = own_name(j->o->device_name, j->at.own.name, why);
	if (!e)
		e = draw_local(&j->at.local);
	return e ? e : signer_mine_draw(j->header.g.vault, SIGNER_DEVICE, &j->at.own.mine);
}

/* make_own: the slot is open, so a person has the right to. */
static err_t make_own(struct joining *j, struct why *why)
{
	const struct unlock_source source = { &j->o->secret, &j->v->conf, j->v->dir.name };
	err_t e = own_name(j->o->device_name, (char[OWN_NAME_MAX + 1]){ 0 }, why); /* before a person types */
	if (!e)
		e = unlock_header_from(j->v->store, &j->header, why);
	if (!e)
		e = unlock_slot_open(&j->header, &source, &j->slot, why);
	if (!e)
		e = begin(j, why);
	if (!e)
		e = set_passphrase(j, &source, why);
	secret_input_done();
	return e ? e : rescue_first(j, why);
}

/* -- what the vault has ------------------------------------------------------------------------------------------- */

static void show(void *ctx, uint64_t done, uint64_t total)
{
	progress_show(ctx, done, total);
}

/* keep_rescue: the file `rescue`, for the slot in force where another was opened: the records have its mix key by now.
 * By a recovery key it is there, and made anew when the vault is mounted, if that key is not in force. */
static err_t keep_rescue(void *ctx, struct span header, struct id slot, const struct signer_new *who)
{
	struct joining *j = ctx;
	const struct slot_files f = { &j->v->dir, j->at.map, &j->header, j->at.local };
	(void)header;
	return by_recovery(j) ? slot_files_note(j->at.map, j->slot.opened.slot->id)
	                      : slot_files_rescue(&f, slot, who, NULL);
}

static err_t enter(struct joining *j, struct progress *bar, struct why *why)
{
	const struct slot_keeper rescue = { keep_rescue, j };
	struct roster_named named[GENESIS_SIGNERS_MAX];
	struct bootstrap b = { .store = j->v->store,
		               .map = j->at.map,
		               .keyring = j->keyring ? j->keyring : j->slot.opened.keyring,
		               .slot = j->slot.opened.slot,
		               .invited = j->keyring ? &j->reply.positions : NULL,
		               .device_name = j->at.own.name,
		               .slots = &rescue,
		               .clock = clock_system(),
		               .progress = show,
		               .ctx = bar };
	b.members = (struct sync_members){ .named = named, .mine = j->at.own.mine };
	err_t e = genesis_named(&j->header.g, named, &b.members.named_n);
	if (!e)
		e = bootstrap_join(&b, why);
	j->v->left |= bootstrap_begun(b.map); /* or who asks by an invitation is on the store */
	if (e == ERR_NOTFOUND)                /* an object of the vault, not the vault's name */
		e = why_set(why, ERR_DAMAGED,
		            "the cloud lacks objects that the vault's header asks for: is it still being uploaded, or "
		            "was something deleted there?");
	return e;
}

/* check_roots: without the records that have them nothing opens here but the log. */
static err_t check_roots(const struct joining *j, const struct view *records)
{
	cleanup(keyring_freep) struct keyring *k =
	        keyring_new(j->header.g.cipher, j->header.g.vault, j->header.genesis_hash);
	return k ? record_keys_roots(records, &j->header, k) : ERR_NOMEM;
}

static err_t keep(const struct joining *j, struct why *why)
{
	struct view records = published_view(j->at.map);
	err_t e = check_roots(j, &records);
	if (e == ERR_NOTFOUND)
		e = why_set(why, ERR_DAMAGED, "the vault's own records of its keys are missing in the cloud");
	return e;
}

/* make_map: of a join that is not gone on with. */
static err_t make_map(struct joining *j, struct why *why)
{
	if (j->at.map)
		return ERR_OK;
	err_t e = local_open(&j->v->dir, j->at.local, true, &j->at.map, why);
	return e ? e : own_store(j->at.map, &j->at.own);
}

/* goes_on: said of a failure, once others may know of this device. */
static err_t goes_on(const struct joining *j, err_t e, struct why *why)
{
	const struct why first = *why;
	if (!e || !j->v->left)
		return e;
	return why_set(why, e, "%.400s; run the same command again, and it goes on as the same device",
	               first.text[0] ? first.text : err_text(e));
}

static err_t load(struct joining *j, struct why *why)
{
	struct progress bar;
	err_t e = make_map(j, why);
	if (e)
		return e;
	progress_begin(&bar, "Loading", j->o->quiet);
	e = enter(j, &bar, why);
	progress_end(&bar);
	if (!e)
		e = keep(j, why);
	if (!e && by_recovery(j))
		e = recovery_noted_checked(&j->v->dir, j->slot.opened.slot->id, time(NULL), why);
	if (!e)
		e = local_save_header(&j->v->dir, &j->header, why);
	return goes_on(j, e, why);
}

static err_t join(const struct options *o, struct new_vault *v, struct why *why)
{
	cleanup(joining_free) struct joining j = { .o = o, .v = v };
	err_t e = options_invited(o) ? join_invited(&j, why) : make_own(&j, why);
	return e ? e : load(&j, why);
}

int join_vault(const struct options *o, struct new_vault *v)
{
	struct why why = { 0 };
	if (options_invited(o) && (o->secret.recovery || o->secret.recovery_file || o->secret.portable))
		return exit_say(EXIT_USAGE, "%s: the code takes the place of the recovery key: give one of them",
		                o->args[0]);
	err_t e = new_vault_open(o, v, &why);
	if (!e)
		e = v->store->ops->check(v->store, false, &why);
	if (!e)
		e = join(o, v, &why);
	if (!e)
		e = new_vault_finish(v, &why);
	if (!e)
		invited_file_drop(&v->dir);
	return e ? exit_fail(new_vault_failed(v, e, &why), new_vault_about(o, v), &why) : EXIT_OK;
}

int command_join(const struct options *o)
{
	cleanup(new_vault_close) struct new_vault v = { .dir = VAULT_DIR_INIT };
	int code = join_vault(o, &v);
	if (code)
		return code;
	escape_print(stdout, "Joined vault %s on %s.", v.dir.name, v.about ? v.about : v.conf.text[CONF_STORE]);
	printf("Open it with: cloudseal mount %s\n", v.dir.name);
	return EXIT_OK;
}
