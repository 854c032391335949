/* SPDX-License-Identifier: MIT */
#include "cli/daemon/ending.h"

#include "cli/control/client.h"
#include "cli/daemon/mount_point.h"
#include "cli/vaults/last.h"
#include "util/deadline.h"

#include <unistd.h>

#define END_S 120     /* a daemon that is ending writes what is left, maybe to a slow disk */
#define DETACHED_S 10 /* one that answers, with nothing mounted any more: files are open there */
#define AGAIN_US 20000

/* mounted_at: where the vault's daemon serves it; false: nowhere. */
static bool mounted_at(const struct vault_dir *v, int pid, struct last *l)
{
	last_read(v, l);
	return l->open && l->mount_point[0] && mount_point_in_use(l->mount_point, pid);
}

err_t ending_lock(struct vault_dir *v, struct why *why)
{
	struct deadline end = deadline_in(END_S * NS_PER_S), detached = deadline_in(DETACHED_S * NS_PER_S);
	for (;;) {
		struct why busy = { 0 };
		struct last l;
		err_t e = vaults_lock(v, &busy);
		if (e != ERR_BUSY)
			return e ? why_set(why, e, "%s", busy.text) : ERR_OK;
		int pid = control_peer_pid(v->fd);
		if (mounted_at(v, pid, &l))
			return why_set(why, e, "is mounted already, at %.300s: lock it first", l.mount_point);
		if (pid && deadline_passed(detached))
			return why_set(why, e, "files are still open in its last mount, at %.300s, which is detached",
			               l.mount_point);
		if (deadline_passed(end))
			return why_set(why, e, "%s", busy.text);
		usleep(AGAIN_US);
	}
}
