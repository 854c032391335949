/* SPDX-License-Identifier: MIT */
#include "cli/daemon/ending.h"

#include "cli/control/client.h"
#include "cli/daemon/mount_point.h"
#include "cli/vaults/last.h"
#include "util/cleanup.h"
#include "util/deadline.h"

#include <stdio.h>
#include <unistd.h>

#define END_S 120     /* a daemon that is ending writes what is left, maybe to a slow disk */
#define DETACHED_S 10 /* one that answers, with nothing mounted any more: files are open there */
#define SILENT_S 3    /* then the person hears what is waited for */
#define AGAIN_US 20000

/* mounted_at: where the vault's daemon serves it; false: nowhere. Ours is looked at, and its own: it may be in another
 * mount namespace, and /proc may hide it (hidepid). */
static bool mounted_at(const struct vault_dir *v, int pid, struct last *l)
{
	last_read(v, l);
	if (!l->open || !l->mount_point[0])
		return false;
	return mount_point_in_use(l->mount_point, 0) || (pid && mount_point_in_use(l->mount_point, pid));
}

/* still_in_use: why nobody waits any longer. `pid` answers, or nobody does (0). */
static err_t still_in_use(const struct vault_dir *v, int pid, const struct last *l, const struct why *busy,
                          struct why *why)
{
	if (!pid || !l->mount_point[0])
		return why_set(why, ERR_BUSY, "%s", busy->text);
	return why_set(why, ERR_BUSY,
	               "its daemon (pid %d) still serves files that are open, though nothing is mounted at %.200s "
	               "here: cloudseal lock --lazy %s ends it",
	               pid, l->mount_point, v->name);
}

/* uploads: it is ending, and is about uploading. */
static bool uploads(const struct vault_dir *v, enum ending_uploads u)
{
	cleanup(control_reply_free) struct control_reply r;
	return !control_call(v->fd, json_pack("{s:s,s:b}", "op", "ending", "now", u == ENDING_UPLOADS_END), NULL, &r) &&
	       json_is_true(json_object_get(r.json, "ending"));
}

err_t ending_lock(struct vault_dir *v, enum ending_uploads u, struct why *why)
{
	struct deadline end = deadline_in(END_S * NS_PER_S), detached = deadline_in(DETACHED_S * NS_PER_S);
	struct deadline silent = deadline_in(SILENT_S * NS_PER_S);
	for (;;) {
		struct why busy = { 0 };
		struct last l;
		err_t e = vaults_lock(v, &busy);
		if (e != ERR_BUSY)
			return e ? why_set(why, e, "%s", busy.text) : ERR_OK;
		int pid = control_peer_pid(v->fd);
		if (mounted_at(v, pid, &l))
			return why_set(why, e, "is mounted already, at %.300s: lock it first", l.mount_point);
		bool uploading = pid && uploads(v, u);
		if (deadline_passed(pid && !uploading ? detached : end))
			return still_in_use(v, pid, &l, &busy, why);
		if (deadline_passed(silent)) {
			fprintf(stderr, "cloudseal: %s: %s: waiting for its end\n", v->name,
			        uploading ? "its daemon uploads what is left" : "in use by another process");
			silent = DEADLINE_NEVER;
		}
		usleep(AGAIN_US);
	}
}
