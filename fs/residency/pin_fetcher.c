/* SPDX-License-Identifier: MIT */
#include "fs/residency/pin_fetcher.h"

#include "fs/core/errno_of.h"
#include "fs/core/fs_state.h"
#include "fs/core/pin_mark.h"
#include "fs/core/shown.h"
#include "fs/residency/fetch_tree.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/process.h"
#include "vault/work/ask.h"

#include <string.h>

#define QUIET_S 1        /* after a change, before the thread looks: what comes in many steps is one walk */
#define AGAIN_S 15       /* after a failure, doubling: a walk is not free, and a full disk stays full for a while */
#define AGAIN_MAX_S 600  /* at most that */
#define OFFLINE_MAX_S 60 /* while the store is away: nobody says when it is back, and a try ends at the first batch */

struct pin_fetcher {
	pthread_t thread;
};

/* is_gone: nothing is shown under the number, and no record says that something may be again. */
static bool is_gone(struct fs *fs, uint64_t ino)
{
	struct work_number n;
	bool recorded;
	ns_guard_read(fs);
	if (shown_recorded(work_view(fs->cfg.work), ino, &recorded) || recorded)
		return false;
	return work_number(fs->cfg.work, work_shown_as(fs->cfg.work, ino), &n) == ERR_NOTFOUND;
}

/* forget_gone: the mark of an inode that is no more. */
static bool forget_gone(struct fs *fs, uint64_t ino)
{
	struct rkey pin = key_ino(REC_PIN, ino);
	if (!is_gone(fs, ino))
		return false;
	cleanup(batch_freep) struct batch *b = batch_new();
	if (!b)
		return true;
	batch_del(b, MAP_RECORDS, rkey_span(&pin));
	err_t e = map_apply(fs->cfg.map, b);
	if (e)
		log_debug(AREA_FS, "mark of a pin: %s", err_text(e));
	return true;
}

/* fetch_pinned: 0, or why it is to be tried again. */
static int fetch_pinned(struct fs *fs)
{
	cleanup(buf_free) struct buf inos = BUF_INIT;
	err_t e = pin_list(fs, &inos);
	int failed = errno_of(e);
	for (size_t i = 0; (!failed || failed == EAGAIN) && i + 8 <= inos.len; i += 8) {
		uint64_t ino;
		memcpy(&ino, inos.p + i, sizeof(ino));
		int err = forget_gone(fs, ino) ? 0 : fs_fetch_tree(fs, ino, NULL, NULL);
		if (err && err != EIO) /* damage was said where it was found; another try would find it again */
			failed = err;
	}
	return failed;
}

/* sleep_for: until woken, or `seconds` (0: no limit); then until the change is complete. */
static enum wake_reason sleep_for(struct fs *fs, unsigned seconds)
{
	(void)wake_wait(&fs->pins_wake, seconds ? seconds * NS_PER_S : WAKE_NEVER);
	return wake_pause(&fs->pins_wake, QUIET_S * NS_PER_S);
}

static void *pin_fetcher(void *ctx)
{
	struct fs *fs = ctx;
	unsigned again = 0;
	process_name_thread("pin-fetcher");
	do {
		int err = fetch_pinned(fs);
		unsigned most = err == ENOTCONN ? OFFLINE_MAX_S : AGAIN_MAX_S;
		unsigned longer = again ? MIN(2 * again, most) : AGAIN_S;
		again = err ? longer : 0;
	} while (sleep_for(fs, again) != WAKE_STOPPED);
	return NULL;
}

int pin_fetcher_open(struct fs *fs)
{
	if (!fs->cfg.fetch)
		return 0;
	struct pin_fetcher *p = calloc(1, sizeof(*p));
	if (!p)
		return ENOMEM;
	int err = pthread_create(&p->thread, NULL, pin_fetcher, fs);
	if (err) {
		free(p);
		return err;
	}
	fs->pin_fetcher = p;
	return 0;
}

void fs_pins_stop(struct fs *fs)
{
	fs->walks_stop = true;
	wake_stop(&fs->pins_wake);
}

void pin_fetcher_close(struct fs *fs)
{
	struct pin_fetcher *p = steal_ptr(fs->pin_fetcher);
	if (!p)
		return;
	fs_pins_stop(fs);
	pthread_join(p->thread, NULL);
	free(p);
}
