/* SPDX-License-Identifier: MIT */
#include "cli/commands/device_list.h"

#include "cli/commands/device_ask.h"
#include "cli/commands/device_pick.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "cli/ui/units.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

#include <string.h>

static void drop(json_t *const *j)
{
	json_decref(*j);
}

static int widest(const json_t *list)
{
	int most = 4;
	size_t i;
	json_t *d;
	json_array_foreach(list, i, d)
	{
		most = MAX(most, (int)strlen(device_field(d, "name")));
	}
	return most;
}

/* let_in: "2026-11-24 11:15:03 CET, by the recovery key", and who has revoked it. */
static void let_in(const json_t *d, char *out, size_t size)
{
	char since[64], revoked[64];
	const char *by = device_field(d, "admitted_by");
	units_time(device_field(d, "admitted"), since, sizeof(since));
	units_time(device_field(d, "revoked"), revoked, sizeof(revoked));
	snprintf(out, size, "%s, %s%s%s%s%s%s", since, by[0] ? "by " : "with the vault", by,
	         revoked[0] ? "; revoked " : "", revoked, revoked[0] ? ", by " : "", device_field(d, "revoked_by"));
}

static void print_one(const json_t *d, int names)
{
	char seen[64] = "not yet", admitted[400], commit[24] = "-";
	json_int_t n = json_integer_value(json_object_get(d, "commit"));
	if (device_field(d, "seen")[0])
		units_time(device_field(d, "seen"), seen, sizeof(seen));
	if (n)
		snprintf(commit, sizeof(commit), "%lld", (long long)n);
	let_in(d, admitted, sizeof(admitted));
	escape_print(stdout, "%s %-*s  %.*s  %-12s  %6s  %-24s  %s",
	             json_is_true(json_object_get(d, "this")) ? "*" : " ", names, device_field(d, "name"),
	             DEVICE_ID_SHOWN, device_field(d, "id"), device_field(d, "state"), commit, seen, admitted);
}

static void print_all(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "devices");
	json_int_t total = json_integer_value(json_object_get(answer, "total"));
	int names = widest(list);
	size_t i;
	json_t *d;
	printf("  %-*s  %-*s  %-12s  %6s  %-24s  %s\n", names, "NAME", DEVICE_ID_SHOWN, "ID", "STATE", "COMMIT",
	       "LAST SEEN", "LET IN");
	json_array_foreach(list, i, d) print_one(d, names);
	if (total > (json_int_t)json_array_size(list))
		printf("%lld more.\n", (long long)total - (long long)json_array_size(list));
	puts("* is this device.");
}

int command_device_list(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(drop) json_t *answer = NULL;
	int code = target_open(o->args[1], &v);
	if (!code)
		code = device_ask_list(&v, &answer);
	if (code)
		return code;
	if (o->json)
		print_json(answer, stdout);
	else
		print_all(answer);
	return EXIT_OK;
}
