/* SPDX-License-Identifier: MIT */
#include "cli/secrets/kdf_ask.h"

#include "cli/secrets/terminal.h"
#include "cli/ui/units.h"
#include "util/cleanup.h"
#include "vault/keys/header_unlock.h"

#include <string.h>

/* Less work than that, memory times passes, takes no machine 10 s: no time is spent on measuring. */
#define LITTLE_KIB (256u * 1024)

struct cost {
	uint32_t kib;
	uint64_t ms;
};

/* add: one more wrap; the passphrase is tried on all. What is over the ceiling is refused, not tried. */
static err_t add(struct cost *c, const struct kdf_params *p)
{
	uint64_t ms = 0;
	if (kdf_check(p))
		return ERR_OK;
	if ((uint64_t)p->memory_kib * p->passes > LITTLE_KIB) {
		err_t e = kdf_estimate(p, &ms);
		if (e)
			return e;
	}
	c->kib = MAX(c->kib, p->memory_kib);
	c->ms += ms;
	return ERR_OK;
}

static err_t cost_of(const struct header *h, struct cost *ret)
{
	struct kdf_params p;
	struct cost c = { 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; !e; i++) {
		e = header_kdf(h, i, &p);
		if (!e)
			e = add(&c, &p);
	}
	if (e != ERR_NOTFOUND)
		return e;
	*ret = c;
	return ERR_OK;
}

static bool agreed(const struct secret_text *answer)
{
	return answer->len && (!strcasecmp(answer->p, "y") || !strcasecmp(answer->p, "yes"));
}

static err_t ask(int tty, const char *what, struct why *why)
{
	cleanup(secret_text_free) struct secret_text answer = { 0 };
	char prompt[300];
	snprintf(prompt, sizeof(prompt),
	         "To try a passphrase takes %s: so says the header, which whoever can write to the cloud can change.\n"
	         "Go on? (y/n): ",
	         what);
	err_t e = terminal_ask(&(struct terminal_question){ tty, prompt, true }, &answer, why);
	if (e && e != ERR_INVAL)
		return e;
	if (why)
		why->text[0] = 0;
	return !e && agreed(&answer) ? ERR_OK
	                             : why_set(why, ERR_CANCELED,
	                                       "no passphrase was tried: --recovery opens it with its recovery key");
}

err_t kdf_ask(const struct header *h, struct why *why)
{
	struct cost c;
	char what[80], size[24], time[32];
	err_t e = cost_of(h, &c);
	if (e || (c.kib <= KDF_ASK_KIB && c.ms <= KDF_ASK_MS))
		return e;
	units_size((uint64_t)c.kib << 10, size, sizeof(size));
	units_seconds(c.ms / 1000, time, sizeof(time));
	snprintf(what, sizeof(what), "%s of memory and about %s", size, time);
	cleanup_fd int tty = terminal_open();
	if (tty >= 0)
		return ask(tty, what, why);
	return why_set(why, ERR_LIMIT,
	               "to try a passphrase takes %s, so says the header, which whoever can write to the cloud can "
	               "change: open it on a terminal, which asks first, or with its recovery key (--recovery)",
	               what);
}
