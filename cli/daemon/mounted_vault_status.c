/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_status.h"

#include "cli/daemon/mounted_vault_alarms.h"
#include "cli/daemon/mounted_vault_readonly.h"
#include "cli/daemon/mounted_vault_saved.h"
#include "cli/daemon/status_words.h"
#include "cli/ui/escape.h"
#include "util/cleanup.h"
#include "util/log.h"

#define ROOM_ASKED (1u << 20) /* a write of the usual size */

/* rate_of: bytes per second lately, from samples at least a second apart. */
static uint64_t rate_of(struct mounted_vault *v, uint64_t sent)
{
	int64_t now = clock_mono();
	guard(&v->lock);
	if (!v->sampled_at) {
		v->sampled_at = now;
		v->sampled_sent = sent;
	} else if (now - v->sampled_at >= NS_PER_S) {
		double s = (double)(now - v->sampled_at) / (double)NS_PER_S;
		uint64_t newest = sent > v->sampled_sent ? (uint64_t)((double)(sent - v->sampled_sent) / s) : 0;
		v->rate = s > 10 ? newest : (v->rate + newest) / 2; /* old samples count for nothing */
		v->sampled_at = now;
		v->sampled_sent = sent;
	}
	return v->rate;
}

/* conflicts_of: how many things are shown under conflict names. */
static json_int_t conflicts_of(struct mounted_vault *v)
{
	uint64_t n = 0;
	if (fs_conflicts_n(v->fs, &n))
		log_warn(AREA_CLI, "the conflicts cannot be counted");
	return (json_int_t)n;
}

static json_t *queue_of(struct mounted_vault *v, const struct sync_status *s)
{
	struct saved p;
	mounted_vault_saved(v, &p);
	uint64_t rate = rate_of(v, s->sent_total);
	json_t *left = p.bytes && rate ? json_integer((json_int_t)(p.bytes / rate) + 1) : json_null();
	json_t *starts = s->starts_in < 0 ? json_null() : json_integer((s->starts_in + NS_PER_S - 1) / NS_PER_S);
	return json_pack("{s:b,s:o,s:s,s:I,s:I,s:b,s:I,s:o,s:o}", "saved", p.yes, "lacks", mounted_vault_lacks(&p),
	                 "why", saved_words(p.lacks), "objects", (json_int_t)p.objects, "bytes", (json_int_t)p.bytes,
	                 "unpublished", (p.lacks & (SAVED_OPEN | SAVED_BUFFERED)) != 0, "rate", (json_int_t)rate,
	                 "seconds_left", left, "starts_in", starts);
}

/* traffic_of: bodies of objects since the mount, both ways. */
static json_t *traffic_of(const struct store_state *st)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "sent", (json_int_t)st->sent, "received", (json_int_t)st->received,
	                 "requests", (json_int_t)st->requests, "errors", (json_int_t)st->errors);
}

const char *mounted_vault_failure(err_t e, const char *text, const struct store_state *st)
{
	if (e == ERR_REFUSED && st->refused[0])
		return st->refused;
	bool stores = e == ERR_NET || e == ERR_TIMEOUT || e == ERR_TLS || e == ERR_NOSTORE || e == ERR_CLOCK ||
	              e == ERR_DENIED || e == ERR_REFUSED;
	if (stores && st->last_error == e && st->last_text[0])
		return st->last_text;
	return text[0] ? text : err_text(e);
}

/* local_words: of the state of the local disk. Full: it would not take a write of the usual size, after what waits, or
 * somebody was just refused one. */
static const char *local_words(struct mounted_vault *v, const struct map_stats *m)
{
	if (m->failed)
		return err_text(m->failed);
	bool full = map_refused_lately(v->map) || map_room(v->map, ROOM_ASKED) == ERR_NOSPACE;
	return full ? "full: nothing can be written here until there is room" : "ok";
}

json_t *mounted_vault_status(struct mounted_vault *v)
{
	struct sync_status s = { 0 };
	struct store_state st = { 0 };
	struct fs_stats f = { 0 };
	struct map_stats m = { 0 };
	sync_status(v->sync, &s);
	store_state_of(v->store, &st);
	fs_stats(v->fs, &f);
	map_stats(v->map, &m);
	/* also what was named by a round that went well */
	json_t *error = s.last_error || s.last_text[0]
	                        ? escape_json(mounted_vault_failure(s.last_error, s.last_text, &st))
	                        : json_null();
	char left[LEAVING_WORDS];
	const bool ending = leaving_begun(&v->leaving, left);
	json_t *j = json_pack(
	        "{s:s,s:n,s:b,s:n,s:i,s:b,s:s,s:s,s:o,s:{s:I,s:I},s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:s,s:o,s:o}",
	        "name", v->dir->name, "store", "mounted", (int)!ending, "mount_point", "pid", (int)getpid(), "online",
	        (int)(st.online && s.phase != SYNC_OFFLINE), "phase", status_phase_name(s.phase), "phase_text",
	        status_phase_words(s.phase), "queue", queue_of(v, &s), "cache", "bytes", (json_int_t)f.cached_bytes,
	        "limit", (json_int_t)f.cache_limit, "open_files", (json_int_t)f.open_files, "commits",
	        (json_int_t)s.commits, "devices", (json_int_t)s.devices, "conflicts", conflicts_of(v), "checkpoints",
	        (json_int_t)s.checkpoints, "traffic", traffic_of(&st), "last_commit",
	        status_json_time(s.last_commit_time), "last_pull", status_json_time(s.last_pull_time), "last_error",
	        error, "local", local_words(v, &m), "damaged", mounted_vault_damaged(v), "alarms",
	        mounted_vault_alarms(v));
	const char *read_only = mounted_vault_read_only(v);
	if (j && !json_object_set_new(j, "read_only", read_only ? json_string(read_only) : json_null()) &&
	    !conf_show_place(&v->conf, j) && !escape_set(j, "mount_point", v->mount_point) &&
	    (!ending || !json_object_update_new(j, json_pack("{s:b,s:b,s:s}", "ending", 1, "clean", 1, "waiting",
	                                                     left[0] ? left : "everything is uploaded"))))
		return j;
	json_decref(j);
	return NULL;
}
