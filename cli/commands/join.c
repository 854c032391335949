/* SPDX-License-Identifier: MIT
 * An existing vault on this device, from the store alone. The recovery key, or a portable passphrase, opens a slot of
 * the header; the slot says that this device joins. What opens the vault here from then on is a passphrase of this
 * device, which nothing on the store can be compared with.
 *
 * In this order: what gives the local secret back; the signer of this device, durable; what is said of it, which is
 * durable before the store has it; header and settings. A device that fails on the way leaves no state here, and
 * perhaps a signer on the store whose seed nobody has.
 */
#include "cli/commands/join.h"

#include "cli/secrets/new_passphrase.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/progress.h"
#include "cli/vaults/local.h"
#include "cli/vaults/new_vault.h"
#include "cli/vaults/own.h"
#include "sync/bootstrap.h"
#include "sync/bootstrap_join.h"
#include "util/cleanup.h"
#include "vault/changeset/published.h"
#include "vault/keys/record_keys.h"

#include <string.h>

struct joining {
	const struct options *o;
	const struct new_vault *v;
	struct header2 header;
	struct unlock_slot slot;
	struct key *local; /* secret_alloc'ed */
	struct own own;
};

static void joining_free(struct joining *j)
{
	header2_free(&j->header);
	unlock_slot_free(&j->slot);
	secret_freep(&j->local);
	own_free(&j->own);
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

static err_t make_secret(struct joining *j, const struct unlock_source *s, struct why *why)
{
	cleanup(new_passphrase_free) struct new_passphrase pass = { 0 };
	const struct local_at at = local_of(&j->header);
	j->local = secret_alloc(sizeof(*j->local));
	if (!j->local)
		return ERR_NOMEM;
	err_t e = crypto_random(j->local->b, sizeof(j->local->b));
	if (!e)
		e = passphrase_of(j, s, &pass, why);
	return e ? e : new_passphrase_set(&pass, &j->v->dir, &at, j->local, why);
}

/* make_own: the slot is open, so a person has the right to. */
static err_t make_own(struct joining *j, struct why *why)
{
	const struct unlock_source source = { &j->o->secret, &j->v->conf, j->v->dir.name };
	err_t e = own_name(j->o->device_name, j->own.name, why);
	if (!e)
		e = unlock_header_from(j->v->store, &j->header, why);
	if (!e)
		e = unlock_slot_open(&j->header, &source, &j->slot, why);
	if (!e)
		e = make_secret(j, &source, why);
	secret_input_done();
	return e ? e : signer_mine_draw(j->header.g.vault, SIGNER_DEVICE, &j->own.mine);
}

/* -- what the vault has ------------------------------------------------------------------------------------------- */

static void show(void *ctx, uint64_t done, uint64_t total)
{
	progress_show(ctx, done, total);
}

static err_t enter(const struct joining *j, struct map *map, struct progress *bar, struct why *why)
{
	struct roster_named named[GENESIS2_SIGNERS_MAX];
	struct bootstrap b = { .store = j->v->store,
		               .map = map,
		               .keyring = j->slot.opened.keyring,
		               .slot = j->slot.opened.slot,
		               .device_name = j->own.name,
		               .clock = clock_system(),
		               .progress = show,
		               .ctx = bar };
	b.members = (struct sync_members){ .named = named, .mine = j->own.mine };
	err_t e = genesis2_named(&j->header.g, named, &b.members.named_n);
	if (!e)
		e = bootstrap_join(&b, why);
	if (e == ERR_NOTFOUND) /* an object of the vault, not the vault's name */
		e = why_set(why, ERR_DAMAGED,
		            "the cloud lacks objects that the vault's header asks for: is it still being uploaded, or "
		            "was something deleted there?");
	return e;
}

/* keep_rescue: the file `rescue`, for the recovery slot, whose mix key the records have by now. */
static err_t keep_rescue(const struct joining *j, const struct view *records, struct why *why)
{
	cleanup(key_wipe) struct key mix = { 0 };
	const struct local_at at = local_of(&j->header);
	const struct signer_new *who = &j->header.g.slot[0].who;
	struct id slot;
	err_t e = signer_id(j->header.g.vault, who, &slot);
	if (!e)
		e = record_keys_mix(records, slot, who->mix, &mix);
	return e ? e : secret_files_rescue(&j->v->dir, &at, &(struct box2_to){ who->box_key, &mix }, j->local, why);
}

/* check_roots: without the records that have them nothing opens here but the log. */
static err_t check_roots(const struct joining *j, const struct view *records)
{
	cleanup(keyring_freep) struct keyring *k =
	        keyring_new(j->header.g.cipher, j->header.g.vault, j->header.genesis_hash);
	return k ? record_keys_roots(records, &j->header, k) : ERR_NOMEM;
}

static err_t keep(const struct joining *j, struct map *map, struct why *why)
{
	struct view records = published_view(map);
	err_t e = check_roots(j, &records);
	if (!e)
		e = keep_rescue(j, &records, why);
	if (e == ERR_NOTFOUND)
		e = why_set(why, ERR_DAMAGED, "the vault's own records of its keys are missing in the cloud");
	return e;
}

static err_t load(const struct joining *j, struct why *why)
{
	cleanup(local_map_close) struct map *map = NULL;
	struct progress bar;
	err_t e = local_open(&j->v->dir, j->local, true, &map, why);
	if (!e)
		e = own_store(map, &j->own);
	if (e)
		return e;
	progress_begin(&bar, "Loading", j->o->quiet);
	e = enter(j, map, &bar, why);
	progress_end(&bar);
	if (!e)
		e = keep(j, map, why);
	return e ? e : local_save_header(&j->v->dir, &j->header, why);
}

static err_t join(const struct options *o, const struct new_vault *v, struct why *why)
{
	cleanup(joining_free) struct joining j = { .o = o, .v = v };
	err_t e = make_own(&j, why);
	return e ? e : load(&j, why);
}

int join_vault(const struct options *o, struct new_vault *v)
{
	struct why why = { 0 };
	err_t e = new_vault_open(o, v, &why);
	if (!e)
		e = v->store->ops->check(v->store, false, &why);
	if (!e)
		e = join(o, v, &why);
	if (!e)
		e = new_vault_finish(v, &why);
	return e ? exit_fail(e, new_vault_about(o, v), &why) : EXIT_OK;
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
