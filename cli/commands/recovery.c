/* SPDX-License-Identifier: MIT */
#include "cli/commands/recovery.h"

#include "cli/commands/recovery_new.h"
#include "cli/commands/recovery_status.h"
#include "cli/secrets/unlock.h"
#include "cli/ui/exit.h"
#include "cli/ui/nearest.h"
#include "cli/vaults/local.h"
#include "cli/vaults/recovery_noted.h"
#include "util/cleanup.h"

#include <string.h>
#include <time.h>

/* -- check -------------------------------------------------------------------------------------------------------- */

enum { HERE, CLOUD, PLACES };
struct checking {
	struct vault_dir v;
	struct conf conf;
	struct header header[PLACES];
	struct unlock_tried tried[PLACES];
	struct why cloud; /* why its header cannot be had */
	struct signer_mine *slot;
};

static void checking_free(struct checking *c)
{
	vaults_close(&c->v);
	conf_free(&c->conf);
	for (size_t i = 0; i < PLACES; i++)
		header_free(&c->header[i]);
	secret_freep(&c->slot);
}

/* look: for both headers, before anybody types anything. The cloud may be away. */
static err_t look(struct checking *c, struct why *why)
{
	err_t e = local_header_wanted(&c->v, &c->header[HERE], why);
	if (e)
		return e;
	c->tried[HERE].h = &c->header[HERE];
	e = unlock_header_at(&c->conf, &c->header[CLOUD], &c->cloud);
	if (!e && !hash_eq(c->header[CLOUD].genesis_hash, c->header[HERE].genesis_hash))
		e = why_set(&c->cloud, ERR_DAMAGED,
		            "another vault lies in the cloud's folder: look at the setting store");
	c->tried[CLOUD].e = e;
	if (!e)
		c->tried[CLOUD].h = &c->header[CLOUD];
	return ERR_OK;
}

static bool opens_state(const struct checking *c)
{
	cleanup(key_wipe) struct key local = { 0 };
	const struct local_at at = local_of(&c->header[HERE]);
	return !secret_files_recover(&c->v, &at, c->slot, &local, NULL);
}

/* only_here: it opens the copy, and not what a new device would find. */
static int only_here(const struct checking *c)
{
	err_t e = c->tried[CLOUD].e;
	if (c->tried[CLOUD].h)
		return exit_say(EXIT_DAMAGED,
		                "%s: the recovery key opens the copy of the header here, and not the header in the "
		                "cloud: cloudseal mount %s, then cloudseal sync %s, and check again",
		                c->v.name, c->v.name, c->v.name);
	return exit_say(exit_of(e),
	                "%s: the recovery key opens the copy of the header here; the cloud's cannot be looked at: %s",
	                c->v.name, c->cloud.text[0] ? c->cloud.text : err_text(e));
}

static int tell(const struct checking *c)
{
	struct why why = { 0 };
	if (c->tried[CLOUD].e)
		return only_here(c);
	err_t e = recovery_noted_checked(&c->v, c->slot->id, time(NULL), &why);
	if (e)
		return exit_fail(e, c->v.name, &why);
	printf("The recovery key opens %s from the cloud", c->v.name);
	if (c->tried[HERE].e)
		printf(", but not the older copy here: cloudseal mount %s takes the new one over.\n", c->v.name);
	else if (!opens_state(c))
		printf(". What this device keeps is opened by another recovery key, or not yet by this one:\n"
		       "cloudseal recovery status %s tells.\n",
		       c->v.name);
	else
		puts(", and what this device keeps.");
	return EXIT_OK;
}

static int check(const struct options *o)
{
	cleanup(checking_free) struct checking c = { .v = VAULT_DIR_INIT };
	struct why why = { 0 };
	err_t e = vaults_open(o->args[1], &c.v, &why);
	if (!e)
		e = vaults_load_conf(&c.v, &c.conf, &why);
	if (!e)
		e = look(&c, &why);
	const struct unlock_source source = { &o->secret, &c.conf, c.v.name };
	if (!e)
		e = unlock_recovery_try(&source, c.tried, PLACES, &c.slot, &why);
	return e ? exit_fail(e, o->args[1], &why) : tell(&c);
}

/* -- which of them ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	int (*run)(const struct options *o);
} words[] = {
	{ "new", recovery_new },
	{ "check", check },
	{ "status", recovery_status },
	{ "veto", recovery_veto },
};

int command_recovery(const struct options *o)
{
	const char *word = o->args[0];
	struct nearest n = nearest_to(word, strlen(word));
	char hint[NEAREST_HINT_MAX];
	if (o->secret.recovery_sheet && strcmp(word, "new") != 0)
		return exit_say(EXIT_USAGE, "--recovery-sheet is for cloudseal recovery new, which writes a key");
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(word, words[i].name))
			return words[i].run(o);
		nearest_try(&n, words[i].name);
	}
	return exit_say(EXIT_USAGE,
	                "'%.40s' is nothing to do with a recovery key%s (there are new, check, status, veto)", word,
	                nearest_hint(&n, hint, sizeof(hint)));
}
