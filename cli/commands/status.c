/* SPDX-License-Identifier: MIT */
#include "cli/commands/status.h"

#include "cli/commands/listing.h"
#include "cli/commands/recovery_told.h"
#include "cli/commands/vault_status.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "util/cleanup.h"

#include <time.h>
#include <unistd.h>

/* alarm_code: of what is shown: with an alarm that is open, its code. */
static int alarm_code(const struct listing *l)
{
	size_t i;
	json_t *j;
	json_array_foreach(l->all, i, j)
	{
		if (status_alarm(j))
			return EXIT_STOPPED;
	}
	return EXIT_OK;
}

static void tell_recovery(const json_t *status)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	const char *name = json_string_value(json_object_get(status, "name"));
	if (name && !vaults_open(name, &v, NULL))
		recovery_tell(&v, stdout);
}

static void print_all(const struct options *o, const struct listing *l)
{
	size_t i;
	json_t *j;
	if (o->json) {
		print_json(o->nargs ? json_array_get(l->all, 0) : l->all, stdout);
		return;
	}
	if (!json_array_size(l->all))
		fputs("No vaults here yet: cloudseal init makes one, cloudseal join opens one that exists.\n", stderr);
	json_array_foreach(l->all, i, j)
	{
		status_print(j, stdout);
		if (!o->watch)
			tell_recovery(j);
		if (o->debug && !json_is_true(json_object_get(j, "mounted")))
			puts("  debug        nothing: only a mounted vault has figures");
	}
}

/* show_once: *ret_alarm: the code for what it shows. */
static int show_once(const struct options *o, int *ret_alarm)
{
	cleanup(listing_free) struct listing l = { 0 };
	enum status_detail detail = o->debug ? STATUS_DEBUG : STATUS_PLAIN;
	int code = o->nargs ? listing_one(o->args[0], detail, &l) : listing_all(detail, &l);
	if (code)
		return code;
	if (o->watch && !o->json && isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	print_all(o, &l);
	*ret_alarm = alarm_code(&l);
	return EXIT_OK;
}

int command_status(const struct options *o)
{
	const struct timespec second = { .tv_sec = 1 };
	for (;;) {
		int alarm = EXIT_OK, code = show_once(o, &alarm);
		if (code || !o->watch)
			return code ? code : alarm;
		if (fflush(stdout))
			return code;
		nanosleep(&second, NULL);
	}
}
