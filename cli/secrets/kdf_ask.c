/* SPDX-License-Identifier: MIT */
#include "cli/secrets/kdf_ask.h"

#include "cli/secrets/terminal.h"
#include "cli/ui/units.h"
#include "util/cleanup.h"

#include <string.h>

/* Less work than that, memory times passes, takes no machine 10 s: no time is spent on measuring. */
#define LITTLE_KIB (256u * 1024)

/* add: one more wrap. */
static err_t add(struct kdf_cost *c, const struct kdf_params *p)
{
	uint64_t ms = 0;
	if ((uint64_t)p->memory_kib * p->passes > LITTLE_KIB) {
		err_t e = kdf_estimate(p, &ms);
		if (e)
			return e;
	}
	c->kib = MAX(c->kib, p->memory_kib);
	c->ms += ms;
	return ERR_OK;
}

static err_t ask(int tty, const char *what, struct why *why)
{
	char prompt[300];
	snprintf(prompt, sizeof(prompt),
	         "To try a passphrase takes %s: so says the header, which whoever can write to the cloud can change.\n"
	         "Go on? (y/n): ",
	         what);
	err_t e = terminal_yes(tty, prompt, why);
	if (e != ERR_CANCELED || (why && why->text[0])) /* interrupted */
		return e;
	return why_set(why, e, "it was not tried: without --portable-passphrase its recovery key opens it");
}

static err_t ask_for(const struct kdf_cost *c, struct why *why)
{
	char what[80], size[24], time[32];
	units_size((uint64_t)c->kib << 10, size, sizeof(size));
	units_seconds(c->ms / 1000, time, sizeof(time));
	snprintf(what, sizeof(what), "%s of memory and about %s", size, time);
	cleanup_fd int tty = terminal_open();
	if (tty >= 0)
		return ask(tty, what, why);
	return why_set(why, ERR_LIMIT,
	               "to try a passphrase takes %s, so says the header, which whoever can write to the cloud can "
	               "change: open it on a terminal, which asks first, or with its recovery key",
	               what);
}

err_t kdf_ask(void *ctx, const struct kdf_params *work, struct why *why)
{
	struct kdf_asked *a = ctx;
	err_t e = add(&a->spent, work);
	if (e || (a->spent.kib <= MAX(a->agreed.kib, KDF_ASK_KIB) && a->spent.ms <= MAX(a->agreed.ms, KDF_ASK_MS)))
		return e;
	e = ask_for(&a->spent, why);
	if (!e)
		a->agreed = a->spent;
	return e;
}
