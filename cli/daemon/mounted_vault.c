/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault.h"

#include "fs/fuse/session.h"
#include "fs/residency/pin.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"

#include <string.h>

#define CLOSE_COLD_S 15 /* what waits for blocks of the store would be lost: it is worth some time */

/* The file system and sync engine need each other: both hooks look the other one up here. */
static void on_local_change(void *ctx)
{
	struct engine *e = ctx;
	if (e->sync)
		sync_wake(e->sync);
}

static void on_remote_change(void *ctx, struct span key, struct span before, struct span after)
{
	struct engine *e = ctx;
	fs_changed(e->fs, key, before, after);
}

/* small_scale: crash tests want eviction all the time, far below what the settings allow. */
static bool small_scale(void)
{
	const char *test = getenv("CLOUDSEAL_TEST_SCALE");
	return test && !strcmp(test, "small");
}

static err_t open_fs(struct engine *e, struct why *why)
{
	struct fs_config c = { .map = e->map,
		               .ring = e->ring,
		               .fetch = e->fetch,
		               .uid = getuid(),
		               .gid = getgid(),
		               .cache_limit = small_scale() ? 8u << 20 : e->conf.number[CONF_CACHE_LIMIT],
		               .state_dir = e->dir->path,
		               .wake_sync = on_local_change,
		               .ctx = e };
	int err = fs_open(&c, &e->fs);
	if (err)
		return why_set(why, err == ENOSPC ? ERR_NOSPACE : ERR_IO, "cannot open the file system: %s",
		               strerror(err));
	return ERR_OK;
}

static err_t open_sync(struct engine *e, struct why *why)
{
	struct sync_config c = { .store = e->store,
		                 .map = e->map,
		                 .ring = e->ring,
		                 .device_seed = e->device.seed,
		                 .slot = e->slot,
		                 .clock = clock_system(),
		                 .quiesce_ms = (unsigned)e->conf.number[CONF_UPLOAD_DELAY],
		                 .poll_ms = (unsigned)e->conf.number[CONF_POLL],
		                 .checkpoint_min = (unsigned)e->conf.number[CONF_CHECKPOINT_MIN],
		                 .changed = on_remote_change,
		                 .ctx = e };
	memcpy(c.device, e->device.id, sizeof(c.device));
	memcpy(c.stream, e->device.stream, sizeof(c.stream));
	return sync_open(&c, &e->sync, why);
}

static err_t open_parts(struct engine *e, struct why *why)
{
	struct store_config sc;
	conf_store(&e->conf, &sc);
	err_t r = process_sigbus_guard();
	if (!r)
		r = store_open(&sc, &e->store, why);
	if (!r)
		r = local_open(e->dir, e->ring, false, &e->map, why);
	if (!r)
		r = device_load(e->map, &e->device, why);
	if (!r && !(e->fetch = fetch_new(e->store, e->map)))
		r = ERR_NOMEM;
	if (!r)
		r = open_sync(e, why);
	return r ? r : open_fs(e, why);
}

err_t engine_open(struct vault_dir *dir, struct conf *conf, struct keyring *ring, struct slot *slot,
                  struct engine **ret, struct why *why)
{
	struct engine *e = calloc(1, sizeof(*e));
	if (!e) {
		conf_free(conf);
		keyring_freep(&ring);
		slot_freep(&slot);
		return ERR_NOMEM;
	}
	pthread_mutex_init(&e->lock, NULL);
	e->dir = dir;
	e->conf = *conf;
	*conf = (struct conf){ 0 };
	e->ring = ring;
	e->slot = slot;
	err_t r = open_parts(e, why);
	if (r) {
		engine_close(e);
		return r;
	}
	*ret = e;
	return ERR_OK;
}

err_t engine_serve(struct engine *e, struct why *why)
{
	struct last l = { .open = true };
	struct control_config c = { e->dir->fd, engine_handle, e };
	snprintf(l.mount_point, sizeof(l.mount_point), "%s", e->mount_point);
	err_t r = last_write(e->dir, &l, why);
	if (!r)
		r = sync_start(e->sync);
	return r ? r : control_start(&c, &e->control, why);
}

void engine_pending(struct engine *e, struct last *ret)
{
	struct sync_status s = { 0 };
	struct fs_stats f = { 0 };
	*ret = (struct last){ 0 };
	if (!e->sync)
		return;
	sync_status(e->sync, &s);
	if (e->fs)
		fs_stats(e->fs, &f);
	ret->unpublished = s.unpublished || s.pending_blocks || f.dirty_bytes;
	ret->objects = s.queued_objects;
	ret->bytes = s.queued_bytes + s.pending_bytes + f.dirty_bytes;
}

err_t engine_close(struct engine *e)
{
	err_t r = ERR_OK;
	if (e->door)
		door_cut(e->door);
	if (e->sync)
		sync_stop(e->sync);
	if (e->fs)
		fs_pins_stop(e->fs);
	if (e->fs)
		fs_flush_cold(e->fs, CLOSE_COLD_S);
	if (e->fetch)
		fetch_stop(e->fetch); /* before control: a pin in progress waits for it */
	control_stop(e->control);
	bool served = e->control != NULL;
	door_free(e->door);
	if (e->fs && fs_close(e->fs))
		r = ERR_IO;
	e->fs = NULL;
	engine_pending(e, &e->last);
	sync_freep(&e->sync);
	fetch_freep(&e->fetch);
	err_t m = e->map ? map_close(e->map) : ERR_OK;
	if (m) {
		log_error(AREA_CLI, "the local state could not be written completely: %s", err_text(m));
		r = m;
	}
	store_close(e->store);
	device_free(&e->device);
	keyring_freep(&e->ring);
	slot_freep(&e->slot);
	conf_free(&e->conf);
	e->last.open = r != ERR_OK;
	if (served && last_write(e->dir, &e->last, NULL))
		log_warn(AREA_CLI, "cannot write last.json");
	pthread_mutex_destroy(&e->lock);
	free(e);
	return r;
}
