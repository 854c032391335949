/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault.h"

#include "cli/daemon/mounted_vault_naming.h"
#include "cli/daemon/mounted_vault_readonly.h"
#include "cli/daemon/mounted_vault_recovery.h"
#include "cli/daemon/mounted_vault_saved.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/test_switch.h"
#include "cli/vaults/local.h"
#include "fs/fuse/session.h"
#include "fs/fs.h"
#include "sync/core/stream.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/process.h"
#include "vault/changeset/published.h"
#include "vault/keys/record_keys.h"

#include <string.h>

#define LOCAL_UNREADABLE                                                                                               \
	"the local state cannot be read: %s: its log tells of what; cloudseal rebuild makes it anew from the cloud"

/* The file system and the sync engine need each other: both hooks look the other one up here. */
static void on_local_change(void *ctx)
{
	struct mounted_vault *v = ctx;
	if (v->sync)
		sync_wake(v->sync);
}

/* cache_limit: crash tests want eviction all the time, far below what the settings allow. */
static uint64_t cache_limit(const struct mounted_vault *v)
{
	return TEST_SWITCH(SCALE, "small") ? 8u << 20 : v->conf.number[CONF_CACHE_LIMIT];
}

static err_t open_fs(struct mounted_vault *v, struct why *why)
{
	struct fs_config c = { .map = v->map,
		               .work = v->work,
		               .keyring = v->keyring,
		               .fetch = v->fetch,
		               .confirmed = v->confirmed,
		               .uid = getuid(),
		               .gid = getgid(),
		               .cache_limit = cache_limit(v),
		               .state_dir = v->dir->path,
		               .wake_sync = on_local_change,
		               .ctx = v };
	int err = fs_open(&c, &v->fs);
	if (err == EIO) /* the log says of what */
		return why_set(why, ERR_DAMAGED, LOCAL_UNREADABLE, err_text(ERR_DAMAGED));
	if (err)
		return why_set(why, err == ENOSPC ? ERR_NOSPACE : ERR_IO, "cannot open the file system: %s",
		               strerror(err));
	fs_set_read_only(v->fs, v->removed);
	return ERR_OK;
}

/* say_removed: whoever mounts it should not have to look. */
static void say_removed(const struct mounted_vault *v)
{
	struct sync_status s = { 0 };
	sync_status(v->sync, &s);
	if (s.phase == SYNC_STOPPED_REMOVED)
		exit_say(EXIT_STOPPED, "%s: %s: cloudseal status %s tells what to do", v->dir->name, s.last_text,
		         v->dir->name);
}

static err_t open_sync(struct mounted_vault *v, struct why *why)
{
	v->slots = mounted_vault_slots(v);
	struct sync_config c = { .store = v->store,
		                 .map = v->map,
		                 .keyring = v->keyring,
		                 .members = { v->named, v->named_n, v->own.mine },
		                 .place = vaults_place(v->dir),
		                 .keeps_header = true,
		                 .on_removed = { mounted_vault_on_removed, v },
		                 .on_incomplete = { mounted_vault_on_incomplete, v },
		                 .slots = &v->slots,
		                 .confirm_after_s = TEST_SWITCH(CONFIRM, "soon") ? 1 : 0,
		                 .clock = clock_system(),
		                 .quiesce_ms = (unsigned)v->conf.number[CONF_UPLOAD_DELAY],
		                 .poll_ms = (unsigned)v->conf.number[CONF_POLL],
		                 .checkpoint_min = (unsigned)v->conf.number[CONF_CHECKPOINT_MIN] };
	err_t e = sync_open(&c, &v->sync, why);
	if (!e)
		say_removed(v);
	return e;
}

/* open_work: fs and sync work on one changeset. */
static err_t open_work(struct mounted_vault *v, struct why *why)
{
	struct work_config c = { .map = v->map, .hash = keyring_namehash(v->keyring), .naming = &v->naming };
	v->naming = mounted_vault_naming(v->map);
	struct stream own;
	err_t r = stream_own(v->map, &own);
	c.stream = r ? 0 : own.number;
	if (!r)
		r = work_open(&c, &v->work);
	if (r)
		return why_set(why, r, LOCAL_UNREADABLE, err_text(r));
	struct sync_attached at = { work_changeset(v->work), work_follow(v->work), work_closing(v->work) };
	sync_attach(v->sync, &at);
	return ERR_OK;
}

/* open_local: the map by the local secret; out of it the keys of the vault, and who we are. */
static err_t open_local(struct mounted_vault *v, const struct key *secret, struct why *why)
{
	err_t r = local_open(v->dir, secret, false, &v->map, why);
	if (!r)
		r = own_load(v->map, v->header.g.vault, &v->own, why);
	if (!r)
		r = genesis_named(&v->header.g, v->named, &v->named_n);
	if (!r && !(v->keyring = keyring_new(v->header.g.cipher, v->header.g.vault, v->header.genesis_hash)))
		r = ERR_NOMEM;
	if (r)
		return r;
	struct view records = published_view(v->map);
	r = record_keys_roots(&records, &v->header, v->keyring);
	return r ? why_set(why, ERR_DAMAGED, LOCAL_UNREADABLE, err_text(ERR_DAMAGED)) : ERR_OK;
}

/* open_store: without its credentials, too: what is on this device can be worked with. */
static err_t open_store(struct mounted_vault *v, struct why *why)
{
	struct store_config sc;
	struct why lacks = { 0 };
	conf_store(&v->conf, &sc);
	err_t r = store_open_late(&sc, &v->store, &lacks, why);
	if (!r && lacks.text[0])
		escape_print(stderr, "cloudseal: %s: works offline: %s Then: cloudseal sync %s", v->dir->name,
		             lacks.text, v->dir->name);
	return r;
}

static err_t open_parts(struct mounted_vault *v, const struct key *secret, struct why *why)
{
	err_t r = process_sigbus_guard();
	if (!r)
		r = open_store(v, why);
	if (!r)
		r = open_local(v, secret, why);
	if (!r && !(v->fetch = fetch_new(v->store, v->map)))
		r = ERR_NOMEM;
	if (!r && !(v->confirmed = confirmed_new(v->store, v->map)))
		r = ERR_NOMEM;
	if (!r)
		r = open_sync(v, why);
	if (!r)
		r = open_work(v, why);
	return r ? r : open_fs(v, why);
}

void unlocked_free(struct unlocked *u)
{
	header_free(&u->header);
	secret_freep(&u->local);
}

err_t mounted_vault_open(struct vault_dir *dir, struct conf *conf, struct unlocked *unlocked,
                         struct mounted_vault **ret, struct why *why)
{
	struct mounted_vault *v = calloc(1, sizeof(*v));
	if (!v) {
		conf_free(conf);
		unlocked_free(unlocked);
		return ERR_NOMEM;
	}
	pthread_mutex_init(&v->lock, NULL);
	v->dumps = DUMP_STOP_INIT;
	v->leaving = LEAVING_INIT;
	v->dir = dir;
	v->conf = *conf;
	*conf = (struct conf){ 0 };
	v->header = unlocked->header;
	unlocked->header = (struct header){ 0 };
	v->local = steal_ptr(unlocked->local);
	err_t r = open_parts(v, v->local, why);
	unlocked_free(unlocked);
	if (r) {
		mounted_vault_close(v);
		return r;
	}
	*ret = v;
	return ERR_OK;
}

/* stop_parts: nothing uploads, waits or answers any more. */
static void stop_parts(struct mounted_vault *v)
{
	if (v->session)
		session_disconnect(v->session);
	if (v->sync)
		sync_stop(v->sync);
	if (v->fs)
		fs_pins_stop(v->fs);
	if (v->fs && !v->leaving.begun) /* else it was done there */
		fs_flush_fetching(v->fs, LEAVING_COLD_S);
	if (v->fetch)
		fetch_stop(v->fetch); /* before control: a pin in progress waits for it */
	dump_stop(&v->dumps);         /* likewise */
	control_stop(v->control);
	session_free(v->session);
}

/* close_local: what was written here is durable, or the error says that it is not. *ret_last: what is not uploaded. */
static err_t close_local(struct mounted_vault *v, struct last *ret_last)
{
	*ret_last = (struct last){ 0 };
	if (v->fs && v->sync)
		mounted_vault_last_alarms(v, ret_last);
	err_t r = v->fs && fs_close(v->fs) ? ERR_IO : ERR_OK;
	v->fs = NULL;
	struct saved saved;
	mounted_vault_saved(v, &saved);
	mounted_vault_last(v, &saved, ret_last);
	sync_freep(&v->sync);
	work_freep(&v->work);
	fetch_freep(&v->fetch);
	confirmed_freep(&v->confirmed);
	err_t m = v->map ? map_close(v->map) : ERR_OK;
	if (m)
		log_error(AREA_CLI, "the local state could not be written completely: %s", err_text(m));
	return m ? m : r;
}

err_t mounted_vault_close(struct mounted_vault *v)
{
	struct last last;
	bool served = v->control != NULL;
	stop_parts(v);
	err_t r = close_local(v, &last);
	store_close(v->store);
	own_free(&v->own);
	keyring_freep(&v->keyring);
	secret_freep(&v->local);
	header_free(&v->header);
	conf_free(&v->conf);
	last.open = r != ERR_OK;
	if (served && last_write(v->dir, &last, NULL))
		log_warn(AREA_CLI, "cannot write last.json");
	pthread_mutex_destroy(&v->lock);
	free(v);
	return r;
}
