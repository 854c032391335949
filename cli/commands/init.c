/* SPDX-License-Identifier: MIT
 * A new vault. Nothing is on the store before the person has the recovery key, and the header, which
 * makes the place a vault, is PUT last.
 */
#include "cli/commands/init.h"

#include "cli/secrets/recovery.h"
#include "cli/secrets/terminal.h"
#include "cli/secrets/unlock.h"
#include "cli/ui/exit.h"
#include "cli/ui/test_switch.h"
#include "cli/vaults/device.h"
#include "cli/vaults/local.h"
#include "cli/vaults/new_vault.h"
#include "sync/bootstrap.h"
#include "util/cleanup.h"

#include <dirent.h>
#include <string.h>
#include <time.h>

#define NEW_TRIES 3 /* of a new passphrase, each typed twice */
#define KDF_MS 1000

/* refuse_occupied: a vault there already, or other files in a directory store. */
static err_t refuse_occupied(const struct new_vault *v, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	const char *url = v->conf.text[CONF_STORE], *path = !strncmp(url, "dir:", 4) ? url + 4 : url;
	err_t e = store_get_sync(v->store, STORE_HEADER, 0, 0, HEADER_MAX, &b);
	if (!e || e == ERR_LIMIT)
		return why_set(why, ERR_EXISTS, "there is a vault at that place already: use cloudseal join");
	if (e != ERR_NOTFOUND) {
		struct store_state state = { 0 };
		store_state_of(v->store, &state);
		return state.last_text[0] ? why_set(why, e, "%s", state.last_text) : e;
	}
	DIR *d = path[0] == '/' ? opendir(path) : NULL;
	struct dirent *entry;
	bool empty = true;
	while (d && (entry = readdir(d)))
		empty = empty && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."));
	if (d)
		closedir(d);
	return empty ? ERR_OK
	             : why_set(why, ERR_EXISTS,
	                       "%.300s is not empty: a vault needs a place of its own, such as a new directory in it",
	                       path);
}

/* ask_twice: ERR_WRONGKEY: a person typed two that differ. */
static err_t ask_twice(const struct secret_from *from, const char *prompt, struct secret_text *ret, struct why *why)
{
	cleanup(secret_text_free) struct secret_text first = { 0 }, second = { 0 };
	bool asked;
	err_t e = secret_input_get(from, prompt, &first, &asked, why);
	if (!e && asked)
		e = secret_input_get(from, "The same again", &second, &asked, why);
	if (e)
		return e;
	if (second.p && (first.len != second.len || !crypto_equal(first.p, second.p, first.len)))
		return why_set(why, ERR_WRONGKEY, "the two passphrases differ");
	*ret = first;
	first = SECRET_TEXT_INIT;
	return ERR_OK;
}

static err_t ask_new(const struct options *o, const struct new_vault *v, struct secret_text *ret, struct why *why)
{
	struct secret_from from = unlock_from(&(struct unlock_source){ &o->secret, &v->conf, v->dir.name });
	char prompt[128];
	snprintf(prompt, sizeof(prompt), "New passphrase for %s", v->dir.name);
	err_t e = ask_twice(&from, prompt, ret, why);
	for (int i = 1; e == ERR_WRONGKEY && i < NEW_TRIES; i++) {
		fprintf(stderr, "cloudseal: %s: %s; once more\n", v->dir.name, why->text);
		why->text[0] = 0;
		from.wrong = "The two passphrases differ";
		e = ask_twice(&from, prompt, ret, why);
	}
	return e;
}

static err_t kdf_of(struct kdf_params *ret)
{
	if (TEST_SWITCH(KDF, "floor")) {
		*ret = (struct kdf_params){ .memory_kib = KDF_FLOOR_KIB, .passes = 1, .lanes = 1 };
		return ERR_OK;
	}
	return kdf_calibrate(KDF_MS, ret);
}

static err_t hand_over(const struct options *o, const char *key, struct why *why)
{
	if (o->secret.recovery_file)
		return recovery_to_file(o->secret.recovery_file, key, why);
	cleanup_fd int tty = terminal_open();
	if (tty < 0)
		return why_set(why, ERR_INVAL, "no terminal to show the recovery key on: use --recovery-file");
	return recovery_confirm(tty, key, why);
}

/* publish: local state, first commit, then the header. */
static err_t publish(struct new_vault *v, const struct header *h, struct keyring *keyring, const struct device *d,
                     struct why *why)
{
	cleanup(local_map_close) struct map *map = NULL;
	cleanup(buf_free) struct buf bytes = BUF_INIT;
	err_t e = local_open(&v->dir, keyring, true, &map, why);
	if (!e)
		e = device_store(map, d);
	if (e)
		return e;
	struct bootstrap b = { .store = v->store,
		               .map = map,
		               .keyring = keyring,
		               .header = h,
		               .device_seed = d->seed,
		               .device_name = d->name,
		               .clock = clock_system() };
	b.device = d->id;
	b.stream = d->stream;
	e = bootstrap_create(&b, why);
	if (!e)
		e = local_save_header(&v->dir, h, why);
	if (!e)
		e = header_encode(h, &bytes);
	if (!e)
		e = store_put_sync(v->store, STORE_HEADER, buf_span(&bytes));
	return e;
}

struct made { /* of a new vault */
	struct header *header;
	struct keyring *keyring;
	struct device device;
	char *recovery;
};

static void made_free(struct made *m)
{
	secret_freep(&m->recovery);
	header_freep(&m->header);
	keyring_freep(&m->keyring);
	device_free(&m->device);
}

/* make_keys: after the person has said a passphrase. */
static err_t make_keys(const struct options *o, const struct new_vault *v, struct made *m, struct why *why)
{
	cleanup(secret_text_free) struct secret_text pass = { 0 };
	struct vault_create vc = { .now = time(NULL) };
	const struct device *d = &m->device;
	err_t e = ask_new(o, v, &pass, why);
	if (!e)
		e = device_new(o->device_name, &m->device, why);
	if (!e)
		e = kdf_of(&vc.kdf);
	if (e)
		return e;
	vc.passphrase = SPAN(pass.p, pass.len);
	vc.device_name = d->name;
	vc.device_seed = d->seed;
	vc.device_id = d->id;
	vc.stream = d->stream;
	return header_create(&vc, &m->header, &m->keyring, &m->recovery);
}

static err_t create(const struct options *o, struct new_vault *v, struct why *why)
{
	cleanup(made_free) struct made m = { 0 };
	err_t e = make_keys(o, v, &m, why);
	secret_input_done();
	if (!e)
		e = hand_over(o, m.recovery, why);
	return e ? e : publish(v, m.header, m.keyring, &m.device, why);
}

int command_init(const struct options *o)
{
	cleanup(new_vault_close) struct new_vault v = { .dir = VAULT_DIR_INIT };
	struct why why = { 0 };
	if (o->secret.recovery_file && !access(o->secret.recovery_file, F_OK))
		return exit_say(EXIT_BUSY,
		                "%s exists already, and a recovery key is never written over a file: name another",
		                o->secret.recovery_file);
	err_t e = new_vault_open(o, true, &v, &why);
	if (!e)
		e = refuse_occupied(&v, &why);
	if (!e)
		e = create(o, &v, &why);
	if (!e)
		e = new_vault_finish(&v, &why);
	if (e)
		return exit_fail(e, o->args[0], &why);
	printf("Made vault %s on %s.\n", v.dir.name, v.conf.text[CONF_STORE]);
	if (o->secret.recovery_file)
		printf("Its recovery key is in %s: keep that away from this machine.\n", o->secret.recovery_file);
	printf("Open it with: cloudseal mount %s\n", v.dir.name);
	return EXIT_OK;
}
