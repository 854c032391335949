/* SPDX-License-Identifier: MIT
 * An existing vault on this device, from the store alone.
 */
#include "cli/commands/join.h"

#include "cli/secrets/unlock.h"
#include "cli/ui/exit.h"
#include "cli/ui/progress.h"
#include "cli/vaults/device.h"
#include "cli/vaults/local.h"
#include "sync/bootstrap.h"
#include "sync/bootstrap_join.h"
#include "util/cleanup.h"

#include <string.h>

static void show(void *ctx, uint64_t done, uint64_t total)
{
	progress_show(ctx, done, total);
}

static err_t load(struct new_vault *v, const struct options *o, const struct header *h, const struct unlocked *u,
                  struct why *why)
{
	cleanup(local_map_close) struct map *map = NULL;
	cleanup(device_free) struct device d = { 0 };
	struct progress bar;
	err_t e = device_new(o->device_name, &d, why);
	if (!e)
		e = local_open(&v->dir, u->keyring, true, &map, why);
	if (!e)
		e = device_store(map, &d);
	if (e)
		return e;
	progress_begin(&bar, "Loading", o->quiet);
	struct bootstrap b = { .store = v->store,
		               .map = map,
		               .keyring = u->keyring,
		               .header = h,
		               .device_seed = d.seed,
		               .device_name = d.name,
		               .clock = clock_system(),
		               .progress = show,
		               .ctx = &bar };
	b.device = d.id;
	b.stream = d.stream;
	e = bootstrap_join(&b, u->slot, why);
	progress_end(&bar);
	if (e == ERR_NOTFOUND) /* an object of the vault, not the vault's name */
		e = why_set(why, ERR_DAMAGED,
		            "the cloud lacks objects that the vault's header asks for: is it still being uploaded, or "
		            "was something deleted there?");
	return e ? e : local_save_header(&v->dir, h, why);
}

static err_t join(const struct options *o, struct new_vault *v, struct why *why)
{
	cleanup(header_freep) struct header *h = NULL;
	cleanup(unlocked_free) struct unlocked u = { 0 };
	const struct unlock_source source = { &o->secret, &v->conf, v->dir.name };
	err_t e = unlock_header_from(v->store, &h, why);
	if (!e)
		e = unlock_open(h, &source, &u, why);
	return e ? e : load(v, o, h, &u, why);
}

int join_vault(const struct options *o, struct new_vault *v)
{
	struct why why = { 0 };
	err_t e = new_vault_open(o, false, v, &why);
	if (!e)
		e = join(o, v, &why);
	if (!e)
		e = new_vault_finish(v, &why);
	return e ? exit_fail(e, o->args[0], &why) : EXIT_OK;
}

int command_join(const struct options *o)
{
	cleanup(new_vault_close) struct new_vault v = { .dir = VAULT_DIR_INIT };
	int code = join_vault(o, &v);
	if (code)
		return code;
	printf("Joined vault %s on %s.\nOpen it with: cloudseal mount %s\n", v.dir.name, v.conf.text[CONF_STORE],
	       v.dir.name);
	return EXIT_OK;
}
