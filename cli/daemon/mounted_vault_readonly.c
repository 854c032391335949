/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_readonly.h"

#include "cli/ui/exit.h"
#include "cli/ui/units.h"
#include "sync/incomplete.h"

static void apply(struct mounted_vault *v)
{
	if (v->fs)
		fs_set_read_only(v->fs, v->removed || v->protects);
}

void mounted_vault_on_removed(void *ctx, bool removed)
{
	struct mounted_vault *v = ctx;
	v->removed = removed;
	apply(v);
}

void mounted_vault_on_incomplete(void *ctx, bool incomplete)
{
	struct mounted_vault *v = ctx;
	if (incomplete)
		return;
	v->protects = false;
	apply(v);
}

/* until: what ends it. */
static void until(const struct mounted_vault *v, const struct incomplete *x, char *out, size_t size)
{
	if (x->waits)
		snprintf(out, size, "What to do: cloudseal lost %s", v->dir->name);
	else
		snprintf(out, size, "It can be written as soon as they are there");
}

/* say: whoever mounts it. */
static void say(const struct mounted_vault *v, const struct incomplete *x, bool force)
{
	char local[64], utc[64] = "", end[256];
	struct tm tm;
	time_t t = (time_t)(x->since / NS_PER_S);
	if (gmtime_r(&t, &tm) && !strftime(utc, sizeof(utc), "%Y-%m-%dT%H:%M:%SZ", &tm))
		utc[0] = 0;
	units_time(utc, local, sizeof(local));
	until(v, x, end, sizeof(end));
	if (force)
		exit_say(EXIT_STOPPED, "%s: %s (known since %s). It can be written, as you said", v->dir->name,
		         incomplete_words(x), local);
	else
		exit_say(EXIT_STOPPED,
		         "%s: READ-ONLY: %s (known since %s). %s; to write before that: cloudseal lock %s, then "
		         "cloudseal mount --force-writable %s",
		         v->dir->name, incomplete_words(x), local, end, v->dir->name, v->dir->name);
}

bool mounted_vault_protect(struct mounted_vault *v, bool force)
{
	struct incomplete known;
	sync_incomplete(v->sync, &known);
	v->protects = known.is && !force;
	apply(v);
	if (v->removed) /* of which whoever opened it was told */
		return true;
	if (!known.is)
		return false;
	say(v, &known, force);
	return true;
}

const char *mounted_vault_read_only(const struct mounted_vault *v)
{
	if (v->removed)
		return "removed";
	return v->protects ? "incomplete" : NULL;
}
