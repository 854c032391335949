/* SPDX-License-Identifier: MIT
 * The table of commands.
 */
#include "cli/commands/commands.h"
#include "cli/control/line.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/log_env.h"
#include "cli/ui/nearest.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

#include <locale.h>
#include <signal.h>
#include <string.h>

struct command {
	const char *name, *args, *help;
	unsigned bit;
	int min_args, max_args;
	int (*run)(const struct options *o);
};

static const struct command commands[] = {
	{ "init", "STORE", "make a new vault in the cloud", CMD_INIT, 1, 1, command_init },
	{ "join", "STORE", "open an existing vault on this device", CMD_JOIN, 1, 1, command_join },
	{ "mount", "NAME [DIR]", "unlock and mount (default: ~/cloudseal/NAME)", CMD_MOUNT, 1, 2, command_mount },
	{ "lock", "NAME|DIR", "unmount and wipe the keys", CMD_LOCK, 1, 1, command_lock },
	{ "status", "[NAME|PATH]", "what it is doing and what is not uploaded yet", CMD_STATUS, 0, 1, command_status },
	{ "conflicts", "[NAME|PATH]", "what is shown twice, as devices changed one thing", CMD_CONFLICTS, 0, 1,
	  command_conflicts },
	{ "sync", "NAME|PATH", "wait until everything is uploaded", CMD_SYNC, 1, 1, command_sync },
	{ "pin", "NAME|PATH", "keep a file, a tree or all on this device: fetches it", CMD_PIN, 1, 1, command_pin },
	{ "unpin", "NAME|PATH", "let the cache drop it again", CMD_UNPIN, 1, 1, command_unpin },
	{ "config", "NAME [KEY [VALUE]]", "show or change settings", CMD_CONFIG, 1, 3, command_config },
	{ "list", "", "vaults known on this device", CMD_LIST, 0, 0, command_list },
	{ "device", "list|invite|rename|revoke NAME [DEVICE [NEW]]",
	  "who is in a vault; let one in; a name; take one out", CMD_DEVICE, 1, 4, command_device },
	{ "verify", "NAME", "numbers by which two devices are compared", CMD_VERIFY, 1, 1, command_verify },
	{ "lost", "NAME", "what the cloud lost of it for good, and giving that up", CMD_LOST, 1, 1, command_lost },
	{ "traces", "NAME|DIR", "what desktop programs keep of its files outside of it", CMD_TRACES, 1, 1,
	  command_traces },
	{ "debug", "dump NAME [WHAT [WHICH]]", "print its header, counts, record KEY, commit N", CMD_DEBUG, 2, 4,
	  command_debug },
	{ "passwd", "NAME", "change the passphrase of this device", CMD_PASSWD, 1, 1, command_passwd },
	{ "recovery", "new|check|status|veto NAME", "its recovery key: another one, does it open, what is known",
	  CMD_RECOVERY, 2, 2, command_recovery },
	{ "rebuild", "NAME", "make its damaged local state anew from the cloud", CMD_REBUILD, 1, 1, command_rebuild },
	{ "forget", "NAME", "drop this device's copy; the cloud keeps the vault", CMD_FORGET, 1, 1, command_forget },
};

static void print_help(FILE *to)
{
	fputs("usage: cloudseal COMMAND [OPTIONS] ...\n\n", to);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(to, "  %-9s %-20s %s\n", commands[i].name, commands[i].args, commands[i].help);
	fputs("\nSTORE is the vault's place in the cloud: /path or dir:/path, https://host/path (WebDAV), or "
	      "s3://bucket/prefix.\n"
	      "cloudseal COMMAND --help shows a command's options; cloudseal --version the version.\n\nexit codes:\n",
	      to);
	exit_print_table(to);
}

static int print_command_help(const struct command *c)
{
	printf("usage: cloudseal %s%s%s\n%s\n\n", c->name, *c->args ? " " : "", c->args, c->help);
	options_print(c->bit, stdout);
	return EXIT_OK;
}

static int run(const struct command *c, int argc, const char *const *argv)
{
	struct options o;
	struct why why = { 0 };
	err_t e = options_parse(c->bit, argc, argv, &o, &why);
	if (e)
		return exit_fail(e, c->name, &why);
	if (o.help)
		return print_command_help(c);
	if (o.nargs < c->min_args || o.nargs > c->max_args)
		return exit_say(EXIT_USAGE, "usage: cloudseal %s %s (cloudseal %s --help tells more)", c->name, c->args,
		                c->name);
	int code = c->run(&o);
	if (fflush(stdout) && !code)
		return exit_say(EXIT_FAILED, "cannot write the output: %s: is its disk full?", strerror(errno));
	return code;
}

static const struct command *command_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

static int unknown(const char *name)
{
	struct nearest n = nearest_to(name, strlen(name));
	char hint[NEAREST_HINT_MAX];
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		nearest_try(&n, commands[i].name);
	return exit_say(EXIT_USAGE, "unknown command '%s'%s (cloudseal --help lists them)", name,
	                nearest_hint(&n, hint, sizeof(hint)));
}

/* help: of one command, or of all. */
static int help(const char *name)
{
	const struct command *c = name ? command_of(name) : NULL;
	if (name && !c)
		return unknown(name);
	if (c)
		return print_command_help(c);
	print_help(stdout);
	return EXIT_OK;
}

static int dispatch(int argc, const char *const *argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help"))
		return help(argc > 2 ? argv[2] : NULL);
	if (!strcmp(name, "--version")) {
		puts("cloudseal " CLOUDSEAL_VERSION);
		return EXIT_OK;
	}
	const struct command *c = command_of(name);
	if (c)
		return run(c, argc - 2, argv + 2);
	if (*name)
		return unknown(name);
	print_help(stderr);
	return EXIT_USAGE;
}

/* called_by_mount: the mount helper is a link to this program. */
static bool called_by_mount(const char *path)
{
	const char *slash = strrchr(path, '/');
	return !strncmp(slash ? slash + 1 : path, "mount.", 6);
}

/* start_log: to stderr; a daemon in the background turns to its file later. */
static void start_log(void)
{
	struct why why = { 0 };
	log_to(log_env(LOG_WARN, &why), STDERR_FILENO);
	if (why.text[0])
		escape_print(stderr, "cloudseal: %s", why.text);
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	if (process_harden() || process_keep_descriptors())
		return exit_say(EXIT_FAILED, "cannot forbid core dumps and the inheriting of open files");
	start_log();
	line_wipe_json();
	if (process_one_heap())
		log_warn(AREA_CLI, "malloc keeps several heaps: more memory is used");
	if (argc > 0 && called_by_mount(argv[0]))
		return mount_helper(argc, argv);
	return dispatch(argc, (const char *const *)argv);
}
