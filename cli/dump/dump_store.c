/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_store.h"

#include "cli/dump/dump_stop.h"
#include "remote/open.h"

#define ALL_S 30 /* then it is given up */

static err_t sentence(err_t e, struct why *why)
{
	if (e == ERR_TIMEOUT)
		return why_set(why, e, "the cloud is too slow: given up after %d s; try again later", ALL_S);
	return e == ERR_CANCELED ? why_set(why, e, "given up: the vault is being locked") : e;
}

err_t dump_store_run(const struct dump_source *s, dump_store_fn fn, void *ctx, struct why *why)
{
	struct dump_store d = { .keyring = s->keyring, .end = deadline_in(ALL_S * NS_PER_S) };
	struct store_config sc = s->store;
	sc.max_wait_ms = 3000; /* a person waits: no long back-off */
	err_t e = store_open(&sc, &d.store, why);
	struct dump_wait wait = { .store = d.store };
	if (!e && s->stop)
		e = dump_wait_begin(s->stop, &wait);
	if (!e)
		e = fn(ctx, &d, why);
	if (s->stop)
		dump_wait_end(s->stop, &wait);
	store_close(d.store);
	return sentence(e, why);
}
