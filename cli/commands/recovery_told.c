/* SPDX-License-Identifier: MIT */
#include "cli/commands/recovery_told.h"

#include "cli/control/client.h"
#include "cli/ui/escape.h"
#include "cli/ui/units.h"
#include "cli/vaults/local.h"
#include "cli/vaults/recovery_noted.h"
#include "util/cleanup.h"
#include "vault/keys/header_slots.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

void recovery_time(int64_t at, char out[RECOVERY_TIME])
{
	char utc[32];
	time_t t = (time_t)at;
	struct tm tm;
	if (gmtime_r(&t, &tm) && strftime(utc, sizeof(utc), "%Y-%m-%dT%H:%M:%SZ", &tm))
		units_time(utc, out, RECOVERY_TIME);
	else
		snprintf(out, RECOVERY_TIME, "a time that cannot be");
}

static const char *text_of(const json_t *j, const char *name, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(j, name));
	return s ? s : otherwise;
}

static void time_of(const json_t *j, const char *name, char out[RECOVERY_TIME])
{
	recovery_time((int64_t)json_integer_value(json_object_get(j, name)), out);
}

/* what_next: of a replacement: what this device does, and what its person can do. */
static void what_next(const char *vault, const json_t *p, FILE *to)
{
	const char *here = text_of(p, "here", "");
	char until[RECOVERY_TIME];
	time_of(p, "until", until);
	if (!strcmp(here, "own"))
		fputs("by this device; each other one confirms 7 days after somebody saw this there\n", to);
	else if (!strcmp(here, "confirmed"))
		fputs("this device has confirmed it; other devices have not\n", to);
	else if (!strcmp(here, "hindered"))
		fputs("this device does not confirm it, since the key before has said something since\n", to);
	else if (!json_integer_value(json_object_get(p, "until")))
		fprintf(to, "if nobody of yours did that: cloudseal recovery veto %s, with the key before\n", vault);
	else
		fprintf(to, "if nobody of yours did that: cloudseal recovery veto %s, with the key before, until %s\n",
		        vault, until);
}

static void print_one(const char *vault, const json_t *p, FILE *to)
{
	char at[RECOVERY_TIME];
	time_of(p, "made", at);
	escape_print(to,
	             "%s: its recovery key is being replaced, by device %s at %s: until all devices have confirmed "
	             "that both keys open it (so far %lld)",
	             vault, text_of(p, "by", "(unknown)"), at,
	             (long long)json_integer_value(json_object_get(p, "confirmed")));
	what_next(vault, p, to);
}

void recovery_print_pending(const char *vault, const json_t *said, FILE *to)
{
	size_t i;
	json_t *p;
	json_array_foreach(json_object_get(said, "pending"), i, p) print_one(vault, p, to);
}

static bool is_off(const struct vault_dir *v)
{
	cleanup(conf_free) struct conf c = { 0 };
	err_t e = vaults_load_conf(v, &c, NULL);
	const char *set = e ? NULL : c.text[CONF_RECOVERY_REMINDER];
	return set && !strcmp(set, "off");
}

void recovery_remind(const struct vault_dir *v, FILE *to)
{
	cleanup(header_free) struct header h = { 0 };
	struct recovery_noted n;
	struct header_slots slots;
	char at[RECOVERY_TIME] = "";
	int64_t now = time(NULL);
	if (is_off(v) || local_header(v, &h, NULL) || header_recovery_slots(&h, &slots))
		return;
	const struct header_slot *s = header_recovery_last(&slots);
	recovery_noted_read(v, &n);
	if (!s || !recovery_noted_due(&n, s->id, s->time, now))
		return;
	if (n.checked && id_eq(n.slot, s->id))
		recovery_time(n.checked, at);
	fprintf(to, "%s: nobody has checked its recovery key here %s%s: cloudseal recovery check %s\n", v->name,
	        at[0] ? "since " : "for a year", at, v->name);
	n.reminded = now;
	if (recovery_noted_write(v, &n, NULL))
		fprintf(stderr, "cloudseal: %s: cannot note that: it is said again\n", v->name);
}

void recovery_tell(const struct vault_dir *v, FILE *to)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	const char *shown = isatty(fileno(to)) ? "shown" : "";
	if (!control_call(v->fd, json_pack("{s:s,s:s}", "op", "recovery", "key", shown), NULL, &r))
		recovery_print_pending(v->name, r.json, to);
	recovery_remind(v, to);
}
