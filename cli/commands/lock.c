/* SPDX-License-Identifier: MIT
 * The daemon unmounts and ends; this command returns when its process is gone.
 */
#include "cli/commands/lock.h"

#include "cli/commands/traces.h"
#include "cli/commands/wait_end.h"
#include "cli/commands/wait_upload.h"
#include "cli/control/client.h"
#include "cli/daemon/ending.h"
#include "cli/daemon/mount_point.h"
#include "cli/daemon/openers.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/vaults/last.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"
#include "util/deadline.h"

#include <limits.h>
#include <string.h>
#include <sys/syscall.h>

#define OPENERS_MAX 8
#define PASSING_NS (1 * NS_PER_S)
#define LISTENS_NS (10 * NS_PER_S) /* from the mount to the socket: a moment, unless the machine is very busy */
#define AGAIN_US 50000

/* connection_of: what the daemon's mount is known by in /proc; 0: nobody answers, or nothing is mounted any more. */
static unsigned connection_of(const struct vault_dir *v)
{
	cleanup(control_reply_free) struct control_reply r;
	err_t e = control_call(v->fd, json_pack("{s:s}", "op", "ending"), NULL, &r);
	bool ending = e || json_is_true(json_object_get(r.json, "ending"));
	json_int_t n = ending ? 0 : json_integer_value(json_object_get(r.json, "connection"));
	return n > 0 && n <= UINT_MAX ? (unsigned)n : 0;
}

static int say_busy(const struct vault_dir *v)
{
	struct opener list[OPENERS_MAX];
	struct last l;
	char text[2048] = "";
	last_read(v, &l);
	size_t n = openers_find(&(struct openers_of){ l.mount_point, connection_of(v) }, list, OPENERS_MAX);
	for (size_t i = 0, at = 0; i < n && i < OPENERS_MAX && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s (pid %d: %s)", i ? ", " : "",
		                       list[i].command, (int)list[i].pid, list[i].path);
	if (!n)
		snprintf(text, sizeof(text), "a process of another user, a mount inside, or a loop device");
	return exit_say(EXIT_BUSY, "%s: files are open in %s: %s%s: close them, or --lazy detaches anyway", v->name,
	                l.mount_point, text, n > OPENERS_MAX ? ", ..." : "");
}

/* not_mounted: nobody has it: locked already, or killed. */
static int not_mounted(const struct vault_dir *v)
{
	struct why why = { 0 };
	struct last l;
	last_read(v, &l);
	if (l.open && l.mount_point[0] && mount_point_clear_stale(l.mount_point, &why))
		escape_print(stdout, "%s: removed the dead mount that a crash left at %s", v->name, l.mount_point);
	else if (why.text[0])
		return exit_say(EXIT_FAILED, "%s: %s", v->name, why.text);
	else
		printf("%s is locked already.\n", v->name);
	return EXIT_OK;
}

static int say_locked(const struct vault_dir *v)
{
	struct last l;
	char words[256];
	last_read(v, &l);
	last_said(&l, words, sizeof(words));
	printf("Locked %s: %s.\n", v->name, words);
	return EXIT_OK;
}

/* say_failed: what the daemon answered, in one line. */
static int say_failed(const struct vault_dir *v, err_t e, const struct control_reply *r)
{
	if (e == ERR_BUSY)
		return say_busy(v);
	if (e == ERR_IO && r->why.text[0])
		return exit_say(EXIT_FAILED, "%s: %s", v->name, r->why.text);
	exit_fail(e, v->name, &r->why);
	return r->code;
}

/* nobody_seen: it is in use, by nobody that holds a file open. */
static bool nobody_seen(const struct vault_dir *v)
{
	struct opener one;
	struct last l;
	last_read(v, &l);
	return !openers_find(&(struct openers_of){ l.mount_point, connection_of(v) }, &one, 1);
}

/* held: also where the kernel would let the mount go, since it is held by another one of it. */
static bool held(const struct vault_dir *v)
{
	struct opener one;
	return openers_find(&(struct openers_of){ NULL, connection_of(v) }, &one, 1);
}

static err_t ask_once(const struct vault_dir *v, const struct options *o, bool wait, struct control_reply *r)
{
	*r = (struct control_reply){ 0 };
	if (!o->lazy && held(v))
		return ERR_BUSY;
	return control_call(v->fd,
	                    json_pack("{s:s,s:b,s:b,s:I}", "op", "lock", "lazy", (int)o->lazy, "no_wait", !wait,
	                              "timeout", (json_int_t)(o->flush ? 0 : o->timeout)),
	                    NULL, r);
}

/* ask: the daemon to unmount. Who watches mounts (a desktop's trash, an indexer) looks into a new one for a moment:
 * that is waited for. */
static err_t ask(const struct vault_dir *v, const struct options *o, bool wait, struct control_reply *r)
{
	struct deadline end = deadline_in(PASSING_NS);
	for (;;) {
		err_t e = ask_once(v, o, wait, r);
		if (e != ERR_BUSY || deadline_passed(end) || !nobody_seen(v))
			return e;
		control_reply_free(r);
		usleep(AGAIN_US);
	}
}

/* lock_mounted: ERR_NOTFOUND: nobody listens. Otherwise *ret_code. */
static err_t lock_mounted(const struct vault_dir *v, const struct options *o, bool wait, int *ret_code)
{
	cleanup(control_reply_free) struct control_reply r;
	int pid = control_peer_pid(v->fd);
	cleanup_fd int pidfd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	err_t e = ask(v, o, wait, &r);
	if (e == ERR_NOTFOUND)
		return e;
	if (e && e != ERR_CANCELED) /* canceled: it is ending at this moment for another reason */
		*ret_code = say_failed(v, e, &r);
	else if (pidfd >= 0 && !wait_end(v, o, pidfd))
		*ret_code = exit_say(EXIT_FAILED,
		                     "%s: unmounted, but its process %d has not ended yet: its log tells what it does",
		                     v->name, pid);
	else
		*ret_code = say_locked(v);
	return ERR_OK;
}

/* say_silent: it is mounted, and nobody answers for it. */
static int say_silent(const struct vault_dir *v, const struct why *why)
{
	struct last l;
	last_read(v, &l);
	if (!l.mount_point[0] || !mount_point_in_use(l.mount_point, 0))
		return exit_fail(ERR_BUSY, v->name, why);
	return exit_say(EXIT_BUSY, "%s: is mounted at %s, and its daemon does not answer: umount %s ends it", v->name,
	                l.mount_point, l.mount_point);
}

/* lock: with uploading what is left, or without `wait`. A process that has the vault and does not listen is ending
 * (umount was quicker), which is waited for, or is mounting it, and listens a moment after the mount is there. */
static int lock(struct vault_dir *v, const struct options *o, bool wait)
{
	struct deadline listens = deadline_in(LISTENS_NS);
	int code;
	while (lock_mounted(v, o, wait, &code) != ERR_OK) {
		struct why why = { 0 };
		err_t e = ending_lock(v, ENDING_UPLOADS_WAIT, &why);
		if (!e)
			return not_mounted(v);
		if (e != ERR_BUSY)
			return exit_fail(e, v->name, &why);
		if (deadline_passed(listens))
			return say_silent(v, &why);
		usleep(AGAIN_US);
	}
	return code;
}

int command_lock(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	int code = target_open(o->args[0], &v);
	int uploaded = !code && o->flush ? wait_upload(&v, o) : EXIT_OK;
	if (uploaded && uploaded != EXIT_STOPPED) /* what a cloud lacks for good keeps nobody from locking */
		return uploaded;
	if (!code)
		code = lock(&v, o, !o->no_wait && !uploaded);
	if (!code)
		traces_tell(&v);
	return code ? code : uploaded;
}
