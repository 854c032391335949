/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_control.h"

#include "cli/daemon/mounted_vault_conflicts.h"
#include "cli/daemon/mounted_vault_debug.h"
#include "cli/daemon/mounted_vault_devices.h"
#include "cli/daemon/mounted_vault_invite.h"
#include "cli/daemon/mounted_vault_lost.h"
#include "cli/daemon/mounted_vault_saved.h"
#include "cli/daemon/mounted_vault_pins.h"
#include "cli/daemon/mounted_vault_recovery.h"
#include "cli/daemon/mounted_vault_status.h"
#include "cli/daemon/mounted_vault_sync.h"
#include "cli/dump/dump.h"
#include "fs/fuse/session.h"
#include "remote/open.h"
#include "util/cleanup.h"

#include <string.h>

/* how_long: it may wait for uploads, in seconds. */
static unsigned how_long(const struct control_request *r)
{
	if (r->no_wait)
		return 0;
	return r->timeout ? r->timeout : LEAVING_S;
}

static json_t *handle_lock(struct mounted_vault *v, const struct control_request *r)
{
	struct saved s;
	struct why why = { 0 };
	char left[LEAVING_WORDS];
	mounted_vault_saved(v, &s);
	leaving_ask(&v->leaving, how_long(r));
	bool mounted = !leaving_begun(&v->leaving, left);
	int err = 0;
	if (mounted)
		err = r->lazy ? session_abort(v->session) : session_unmount(v->session, OTHERS_SPARED, &why);
	if (err) {
		leaving_unasked(&v->leaving);
		why_set(&why, ERR_IO, "cannot cut the mount off: %s", strerror(err));
		return control_answer_error(err == EBUSY ? ERR_BUSY : ERR_IO, &why);
	}
	return json_pack("{s:b,s:b,s:o}", "ok", 1, "saved", s.yes, "lacks", mounted_vault_lacks(&s));
}

/* handle_ending: is it, and how far; `connection`: what the files of the mount are known by in /proc. */
static json_t *handle_ending(struct mounted_vault *v, const struct control_request *r)
{
	struct sync_status s = { 0 };
	struct saved p;
	char left[LEAVING_WORDS];
	if (r->now)
		leaving_now(&v->leaving);
	bool begun = leaving_begun(&v->leaving, left);
	sync_status(v->sync, &s);
	mounted_vault_saved(v, &p);
	return json_pack("{s:b,s:b,s:I,s:s,s:I,s:I}", "ok", 1, "ending", begun, "connection",
	                 (json_int_t)session_number(v->session), "words", left, "sent", (json_int_t)s.sent_total,
	                 "left", (json_int_t)p.bytes);
}

static json_t *handle_config(struct mounted_vault *v, const struct control_request *r)
{
	enum conf_key k;
	struct why why = { 0 };
	guard(&v->lock);
	err_t x = conf_find(r->key, &k, &why);
	if (!x && !conf_live(k))
		return json_pack("{s:b,s:b}", "ok", 1, "applied", 0);
	if (!x)
		x = conf_set(&v->conf, k, r->has_value ? r->value : NULL, &why);
	if (x)
		return control_answer_error(x, &why);
	if (k == CONF_CACHE_LIMIT)
		fs_set_cache_limit(v->fs, v->conf.number[k]);
	else
		v->store->ops->limit(v->store, v->conf.number[CONF_UP_LIMIT], v->conf.number[CONF_DOWN_LIMIT]);
	return json_pack("{s:b,s:b}", "ok", 1, "applied", 1);
}

static json_t *handle_dump(struct mounted_vault *v, const struct control_request *r)
{
	enum dump_what what;
	struct why why = { 0 };
	json_t *dump;
	struct dump_source s = { .map = v->map, .fs = v->fs, .keyring = v->keyring, .stop = &v->dumps };
	pthread_mutex_lock(&v->lock);
	conf_store(&v->conf, &s.store);
	pthread_mutex_unlock(&v->lock);
	err_t e = dump_find(r->key, &what, &why);
	if (!e)
		e = dump_unlocked(&s, what, r->value, &dump, &why);
	return e ? control_answer_error(e, &why) : json_pack("{s:b,s:o}", "ok", 1, "dump", dump);
}

static json_t *handle_status(struct mounted_vault *v, const struct control_request *r)
{
	json_t *status = mounted_vault_status(v);
	if (status && r->debug && json_object_set_new(status, "debug", mounted_vault_debug(v))) {
		json_decref(status);
		return NULL;
	}
	return status ? json_pack("{s:b,s:o}", "ok", 1, "status", status) : NULL;
}

static json_t *handle(void *ctx, const struct control_request *r, struct control_peer *peer)
{
	struct mounted_vault *v = ctx;
	switch (r->kind) {
	case CONTROL_STATUS:
		return handle_status(v, r);
	case CONTROL_SYNC:
		return mounted_vault_sync(v, r, peer);
	case CONTROL_LOCK:
		return handle_lock(v, r);
	case CONTROL_ENDING:
		return handle_ending(v, r);
	case CONTROL_CONFIG:
		return handle_config(v, r);
	case CONTROL_RETRY:
		store_retry_now(v->store);
		sync_wake(v->sync);
		return control_answer_ok();
	case CONTROL_PIN:
		return mounted_vault_pin(v, r->ino, peer);
	case CONTROL_UNPIN:
		return mounted_vault_unpin(v, r->ino);
	case CONTROL_DUMP:
		return handle_dump(v, r);
	case CONTROL_CONFLICTS:
		return mounted_vault_conflicts(v, r->ino);
	case CONTROL_INVITE:
		return mounted_vault_invite(v, r, peer);
	case CONTROL_RECOVERY:
		return mounted_vault_recovery(v, !strcmp(r->key, "shown"));
	case CONTROL_RECOVERY_NEW:
		return mounted_vault_recovery_new(v, r->value);
	case CONTROL_RECOVERY_VETO:
		return mounted_vault_recovery_veto(v, r->value);
	case CONTROL_SPACE:
		return mounted_vault_space(v, r->ino);
	case CONTROL_DEVICE:
		return mounted_vault_devices(v, r);
	case CONTROL_VERIFY:
		return mounted_vault_verify(v);
	case CONTROL_LOST:
		return mounted_vault_lost(v, r);
	}
	return control_answer_error(ERR_INVAL, NULL);
}

err_t mounted_vault_serve(struct mounted_vault *v, struct why *why)
{
	struct last l;
	struct control_config c = { v->dir->fd, handle, v };
	last_read(v->dir, &l); /* alarms are known until it is locked without them */
	l.open = true;
	snprintf(l.mount_point, sizeof(l.mount_point), "%s", v->mount_point);
	err_t r = last_write(v->dir, &l, why);
	if (!r)
		r = sync_start(v->sync);
	return r ? r : control_start(&c, &v->control, why);
}
