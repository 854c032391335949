/* SPDX-License-Identifier: MIT
 * The daemon has the keys of a mounted vault and is asked; one that is not mounted is unlocked here.
 */
#include "cli/commands/debug.h"

#include "cli/control/client.h"
#include "cli/dump/dump.h"
#include "cli/secrets/unlock.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "cli/vaults/local.h"
#include "util/cleanup.h"
#include "vault/changeset/published.h"
#include "vault/keys/record_keys.h"

#include <string.h>

struct dump_order {
	enum dump_what what;
	const char *name, *which; /* as typed; "" when left out */
};

static err_t parse(const struct options *o, struct dump_order *ret, struct why *why)
{
	*ret = (struct dump_order){ .name = o->nargs > 2 ? o->args[2] : "", .which = o->nargs > 3 ? o->args[3] : "" };
	if (strcmp(o->args[0], "dump") != 0)
		return why_set(why, ERR_INVAL, "'%.40s' is nothing to debug; there is dump", o->args[0]);
	err_t e = dump_find(ret->name, &ret->what, why);
	if (!e && ret->which[0] && !dump_takes_more(ret->what))
		e = why_set(why, ERR_INVAL, "'%.40s': %s takes nothing more", ret->which, ret->name);
	return e;
}

/* A vault that nobody uses, open here. */
struct opened {
	struct header header;
	struct key *local; /* secret_alloc'ed */
	struct map *map;
	struct keyring *keyring;
};

static void opened_free(struct opened *u)
{
	local_map_close(&u->map);
	keyring_freep(&u->keyring);
	secret_freep(&u->local);
	header_free(&u->header);
}

static err_t open_keys(struct opened *u)
{
	struct view records = published_view(u->map);
	u->keyring = keyring_new(u->header.g.cipher, u->header.g.vault, u->header.genesis_hash);
	err_t e = u->keyring ? record_keys_roots(&records, &u->header, u->keyring) : ERR_NOMEM;
	return e == ERR_NOTFOUND ? ERR_DAMAGED : e;
}

/* open_here: with the passphrase. */
static err_t open_here(struct vault_dir *v, const struct options *o, const struct conf *c, struct opened *u,
                       struct why *why)
{
	const struct unlock_source source = { &o->secret, c, v->name };
	err_t e = local_header(v, &u->header, why);
	if (!e)
		e = unlock_local(v, &u->header, &source, &u->local, why);
	if (!e)
		e = local_open(v, u->local, false, &u->map, why);
	return e ? e : open_keys(u);
}

static err_t unlocked_here(struct vault_dir *v, const struct options *o, const struct dump_order *order, json_t **ret,
                           struct why *why)
{
	cleanup(conf_free) struct conf c = { 0 };
	cleanup(opened_free) struct opened u = { 0 };
	err_t e = vaults_lock(v, why);
	if (!e)
		e = vaults_load_conf(v, &c, why);
	if (!e)
		e = open_here(v, o, &c, &u, why);
	if (e)
		return e;
	struct dump_source from = { .map = u.map, .keyring = u.keyring };
	conf_store(&c, &from.store);
	return dump_unlocked(&from, order->what, order->which, ret, why);
}

/* contents: what needs the keys: from the daemon, else here. */
static err_t contents(struct vault_dir *v, const struct options *o, const struct dump_order *order, json_t **ret,
                      struct why *why)
{
	cleanup(control_reply_free) struct control_reply r;
	json_t *request = json_pack("{s:s,s:s,s:s}", "op", "dump", "key", order->name, "value", order->which);
	err_t e = control_call(v->fd, request, NULL, &r);
	if (e == ERR_NOTFOUND && r.nobody)
		return unlocked_here(v, o, order, ret, why);
	if (e)
		return why_set(why, e, "%s", r.why.text[0] ? r.why.text : err_text(e));
	*ret = json_incref(json_object_get(r.json, "dump"));
	return *ret ? ERR_OK
	            : why_set(why, ERR_DAMAGED,
	                      "the daemon's answer is malformed: is it of another version? Lock and mount again");
}

static err_t collect(struct vault_dir *v, const struct options *o, const struct dump_order *order, json_t *into,
                     struct why *why)
{
	json_t *header = NULL, *rest = NULL;
	err_t e = ERR_OK;
	if (order->what == DUMP_ALL || order->what == DUMP_HEADER)
		e = dump_header(v, &header, why);
	if (!e && header && json_object_set_new(into, "header", header))
		e = ERR_NOMEM;
	if (!e && order->what != DUMP_HEADER)
		e = contents(v, o, order, &rest, why);
	if (!e && rest && json_object_set_new(into, order->name[0] ? order->name : "counts", rest))
		e = ERR_NOMEM;
	return e;
}

int command_debug(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	struct dump_order order;
	struct why why = { 0 };
	json_t *all = json_object();
	err_t e = parse(o, &order, &why);
	if (!e)
		e = vaults_open(o->args[1], &v, &why);
	if (!e)
		e = collect(&v, o, &order, all, &why);
	if (!e && o->json)
		print_json(all, stdout);
	else if (!e)
		print_json_words(all, stdout);
	json_decref(all);
	return e ? exit_fail(e, o->args[1], &why) : EXIT_OK;
}
