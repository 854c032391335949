/* SPDX-License-Identifier: MIT */
#include "cli/daemon/desktop.h"

#include "util/deadline.h"
#include "util/log.h"

#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TELL_NS (2 * NS_PER_S)
#define AGAIN_US 10000

extern char **environ;

static bool is_set(const char *name)
{
	const char *value = getenv(name);
	return value && *value;
}

/* start: no descriptor of ours, no signal held back. An errno value. */
static int start(char *const argv[], pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none;
	sigemptyset(&none);
	int err = posix_spawn_file_actions_init(&files);
	if (err)
		return err;
	err = posix_spawnattr_init(&how);
	if (!err) {
		err = posix_spawn_file_actions_addclosefrom_np(&files, 3);
		if (!err)
			err = posix_spawnattr_setsigmask(&how, &none);
		if (!err)
			err = posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
		if (!err)
			err = posix_spawnp(ret, argv[0], &files, &how, argv, environ);
		posix_spawnattr_destroy(&how);
	}
	posix_spawn_file_actions_destroy(&files);
	return err;
}

void desktop_tell(const char *title, const char *text)
{
	char name[] = "notify-send", app[] = "--app-name=cloudseal", icon[] = "--icon=dialog-warning", end[] = "--";
	char *argv[] = { name, app, icon, end, (char *)(uintptr_t)title, (char *)(uintptr_t)text, NULL };
	struct deadline limit = deadline_in(TELL_NS);
	pid_t pid;
	if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") && !is_set("DBUS_SESSION_BUS_ADDRESS"))
		return;
	int err = start(argv, &pid);
	if (err) {
		log_info(AREA_CLI, "no notification on the desktop: notify-send: %s", strerror(err));
		return;
	}
	while (!waitpid(pid, NULL, WNOHANG) && !deadline_passed(limit))
		usleep(AGAIN_US);
}
