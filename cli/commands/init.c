/* SPDX-License-Identifier: MIT
 * A new vault. Nothing is on the store before the person has the recovery key, and the header, which
 * makes the place a vault, is PUT last. What an init put there that ended before, the next one of that name deletes;
 * one that ended behind it is gone on with by join (cli/vaults/resume.h).
 */
#include "cli/commands/init.h"

#include "cli/commands/new_place.h"
#include "cli/secrets/new_passphrase.h"
#include "cli/secrets/portable.h"
#include "cli/secrets/recovery_sheet.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/vaults/local.h"
#include "cli/vaults/new_vault.h"
#include "cli/vaults/noted_store.h"
#include "cli/vaults/own.h"
#include "sync/bootstrap.h"
#include "util/cleanup.h"

#include <string.h>
#include <time.h>

static struct recovery_sheet sheet_of(const struct options *o, const struct new_vault *v)
{
	return (struct recovery_sheet){
		.path = o->secret.recovery_sheet, .vault = v->dir.name, .conf = &v->conf, .state = v->dir.path
	};
}

static err_t check_sheet(const struct options *o, const struct new_vault *v, struct why *why)
{
	const struct recovery_sheet sheet = sheet_of(o, v);
	return recovery_sheet_check(&sheet, why);
}

static err_t hand_over(const struct options *o, const struct new_vault *v, const char *key, struct why *why)
{
	const struct recovery_sheet sheet = sheet_of(o, v);
	return recovery_sheet_hand_over(&sheet, o->secret.recovery_file, key,
	                                o->secret.portable ? RECOVERY_OF_PORTABLE : RECOVERY_OF_NEW, why);
}

static void take_back(const struct options *o, const struct new_vault *v)
{
	const struct recovery_sheet sheet = sheet_of(o, v);
	recovery_sheet_take_back(&sheet, o->secret.recovery_file);
}

/* -- what is made ------------------------------------------------------------------------------------------------- */

struct made { /* of a new vault */
	struct create keys;
	struct header header;
	struct key *local;           /* secret_alloc'ed */
	char name[OWN_NAME_MAX + 1]; /* of this device */
};

static void made_free(struct made *m)
{
	create_free(&m->keys);
	header_free(&m->header);
	secret_freep(&m->local);
}

static err_t draw(const struct options *o, const struct new_passphrase *pass, struct made *m)
{
	struct wrap_secret portable = new_passphrase_secret(pass);
	struct create_wish w = { .cipher = cipher_best(), .now = time(NULL) };
	if (o->secret.portable)
		w.portable = &portable;
	m->local = secret_alloc(sizeof(*m->local));
	if (!m->local)
		return ERR_NOMEM;
	err_t e = crypto_random(m->local->b, sizeof(m->local->b));
	if (!e)
		e = create_draw(&w, &m->keys);
	return e ? e : create_header(&m->keys, &m->header);
}

static err_t ask_passphrase(const struct options *o, const struct unlock_source *source, struct new_passphrase *ret,
                            struct why *why)
{
	if (o->secret.portable && !o->secret.passfile && o->secret.passfd < 0)
		portable_explain();
	err_t e = new_passphrase_ask(source, ret, why);
	return !e && o->secret.portable ? portable_check(&ret->text, why) : e;
}

/* make_keys: after the person has said a passphrase; what opens this device's state is written. */
static err_t make_keys(const struct options *o, const struct new_vault *v, struct made *m, struct why *why)
{
	cleanup(new_passphrase_free) struct new_passphrase pass = { 0 };
	const struct unlock_source source = { &o->secret, &v->conf, v->dir.name };
	err_t e = own_name(o->device_name, m->name, why);
	if (!e)
		e = ask_passphrase(o, &source, &pass, why);
	if (!e)
		e = draw(o, &pass, m);
	if (e)
		return e;
	const struct signer_mine *slot = m->keys.recovery;
	const struct local_at at = local_of(&m->header);
	const struct box_to to = { SPAN(slot->box_key, sizeof(slot->box_key)), &slot->mix };
	e = new_passphrase_set(&pass, &v->dir, &at, m->local, why);
	return e ? e : secret_files_rescue(&v->dir, &at, &to, m->local, why);
}

/* -- and published ------------------------------------------------------------------------------------------------ */

static err_t first_commit(struct store *store, const struct made *m, struct map *map, struct why *why)
{
	struct roster_named named[GENESIS_SIGNERS_MAX];
	struct bootstrap b = { .store = store,
		               .map = map,
		               .keyring = m->keys.keyring,
		               .made = &m->keys,
		               .device_name = m->name,
		               .clock = clock_system() };
	b.members = (struct sync_members){ .named = named, .mine = m->keys.device };
	err_t e = genesis_named(&m->header.g, named, &b.members.named_n);
	return e ? e : bootstrap_create(&b, why);
}

/* publish_to: local state, first commit, then the header. */
static err_t publish_to(struct store *store, const struct new_vault *v, const struct made *m, struct why *why)
{
	cleanup(local_map_close) struct map *map = NULL;
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	struct own own = { .mine = m->keys.device };
	snprintf(own.name, sizeof(own.name), "%s", m->name);
	err_t e = local_open(&v->dir, m->local, true, &map, why);
	if (!e)
		e = own_store(map, &own);
	if (!e)
		e = first_commit(store, m, map, why);
	if (!e)
		e = local_save_header(&v->dir, &m->header, why);
	if (!e)
		e = header_encode(&m->header, &bytes);
	if (!e)
		e = store_put_sync(store, STORE_HEADER, buf_span(&bytes));
	return e;
}

/* publish: when it fails before the header, what is there goes, now or with the next init; a header that was not
 * answered may be there. */
static err_t publish(struct new_vault *v, const struct made *m, struct why *why)
{
	struct store *noted = noted_store_new(v->store, &v->dir, v->conf.text[CONF_STORE]);
	err_t e = noted ? publish_to(noted, v, m, why) : ERR_NOMEM;
	store_close(noted);
	if (e)
		v->left = noted_store_has(&v->dir, STORE_HEADER) ||
		          noted_store_undo(v->store, &v->dir, v->conf.text[CONF_STORE], NULL);
	return e;
}

static err_t create(const struct options *o, struct new_vault *v, struct why *why)
{
	cleanup(made_free) struct made m = { 0 };
	err_t e = make_keys(o, v, &m, why);
	secret_input_done();
	if (!e)
		e = hand_over(o, v, m.keys.recovery_key, why);
	if (e)
		return e;
	e = publish(v, &m, why);
	if (e && !v->left) /* else its header may be there */
		take_back(o, v);
	return e;
}

static void say_recovery_file(const char *path)
{
	escape_print(stdout, "Its recovery key is in %s: keep that away from this machine.", path);
}

int command_init(const struct options *o)
{
	cleanup(new_vault_close) struct new_vault v = { .dir = VAULT_DIR_INIT };
	struct why why = { 0 };
	err_t e = recovery_file_check(o->secret.recovery_file, &why);
	if (e)
		return exit_fail(e, NULL, &why);
	e = new_vault_open(o, &v, &why);
	if (!e)
		e = check_sheet(o, &v, &why);
	if (!e)
		e = new_place_take(o, &v, &why);
	if (!e)
		e = create(o, &v, &why);
	if (!e)
		e = new_vault_finish(&v, &why);
	if (e)
		return exit_fail(new_vault_failed(&v, e, &why), new_vault_about(o, &v), &why);
	escape_print(stdout, "Made vault %s on %s.", v.dir.name, v.about ? v.about : v.conf.text[CONF_STORE]);
	if (o->secret.recovery_file)
		say_recovery_file(o->secret.recovery_file);
	if (o->secret.recovery_sheet)
		recovery_sheet_say(o->secret.recovery_sheet);
	if (o->secret.recovery_file || o->secret.recovery_sheet)
		printf("Without it%s and without a device that has the vault nobody can open it.\n",
		       o->secret.portable ? ", without the passphrase" : "");
	if (o->secret.portable)
		puts("Its passphrase opens it from the cloud, too: whoever can read there can try passphrases on it, "
		     "unseen.");
	printf("Open it with: cloudseal mount %s\n", v.dir.name);
	return EXIT_OK;
}
