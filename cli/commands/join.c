/* SPDX-License-Identifier: MIT
 * cloudseal join: an existing vault on this device, from the store alone.
 */
#include "cli/commands/commands.h"
#include "cli/ui/progress.h"
#include "cli/secrets/unlock.h"
#include "sync/bootstrap.h"
#include "util/cleanup.h"

#include <string.h>

static void show(void *ctx, uint64_t done, uint64_t total)
{
	progress_show(ctx, done, total);
}

static err_t load(struct making *m, const struct options *o, const struct header *h, struct keyring *ring,
                  const struct slot *slot, struct why *why)
{
	cleanup(local_map_close) struct map *map = NULL;
	cleanup(device_free) struct device d = { 0 };
	struct progress bar;
	err_t e = device_new(o->device_name, &d, why);
	if (!e)
		e = local_open(&m->dir, ring, true, &map, why);
	if (!e)
		e = device_store(map, &d);
	if (e)
		return e;
	progress_begin(&bar, "Loading", o->quiet);
	struct bootstrap b = { .store = m->store,
		               .map = map,
		               .ring = ring,
		               .header = h,
		               .device_seed = d.seed,
		               .device_name = d.name,
		               .clock = clock_system(),
		               .progress = show,
		               .ctx = &bar };
	memcpy(b.device, d.id, sizeof(b.device));
	memcpy(b.stream, d.stream, sizeof(b.stream));
	e = bootstrap_join(&b, slot, why);
	progress_end(&bar);
	if (e == ERR_NOTFOUND) /* an object of the vault, not the vault's name */
		e = why_set(why, ERR_DAMAGED, "the store lacks objects that the vault's header asks for");
	return e ? e : local_save_header(&m->dir, h, why);
}

static err_t join(const struct options *o, struct making *m, struct why *why)
{
	cleanup(header_freep) struct header *h = NULL;
	cleanup(keyring_freep) struct keyring *ring = NULL;
	cleanup(slot_freep) struct slot *slot = NULL;
	err_t e = unlock_header_from(m->store, &h, why);
	if (!e)
		e = unlock_open(h, o, &m->conf, m->dir.name, &ring, &slot, why);
	return e ? e : load(m, o, h, ring, slot, why);
}

int command_join(const struct options *o)
{
	cleanup(making_close) struct making m = { .dir = VAULT_DIR_INIT };
	struct why why = { 0 };
	err_t e = making_open(o, false, &m, &why);
	if (!e)
		e = join(o, &m, &why);
	if (!e)
		e = making_finish(&m, &why);
	if (e)
		return exit_fail(e, o->args[0], &why);
	printf("Joined vault %s on %s.\nOpen it with: cloudseal mount %s\n", m.dir.name, m.conf.text[CONF_STORE],
	       m.dir.name);
	return EXIT_OK;
}
