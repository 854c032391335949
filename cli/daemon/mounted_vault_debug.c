/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_debug.h"

#include "cli/daemon/status_words.h"
#include "cli/ui/escape.h"
#include "fs/fuse/session.h"
#include "remote/open.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <dirent.h>
#include <string.h>

/* A number of JSON. */
static json_int_t number(uint64_t v)
{
	return (json_int_t)v;
}

static json_int_t ms(int64_t ns)
{
	return ns / NS_PER_MS;
}

static json_t *queue_of(struct mounted_vault *v, const struct sync_debug *d)
{
	struct saved s;
	sync_saved(v->sync, 0, &s);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "objects", number(s.objects), "bytes", number(s.object_bytes),
	                 "in_flight", number(d->in_flight), "not_empty_for_ms", ms(d->queue_age), "pending_blocks",
	                 number(s.blocks), "pending_bytes", number(s.block_bytes), "oldest_pending",
	                 status_json_time(s.oldest));
}

static json_t *engine_of(const struct sync_debug *d)
{
	return json_pack("{s:I,s:b,s:I,s:I}", "round_runs_for_ms", ms(d->round_age), "waiters", d->waiters,
	                 "commits_known", number(d->commits), "streams_known", number(d->streams));
}

static json_t *requests_of(struct mounted_vault *v, const struct fs_debug *f)
{
	struct session_parked p = { 0 };
	session_parked(v->session, &p);
	return json_pack("{s:I,s:I,s:I,s:I}", "open_files", number(f->open_files), "reads_under_way", number(f->reads),
	                 "writes_parked", number(p.requests), "parked_bytes", number(p.bytes));
}

static json_t *buffers_of(const struct fs_debug *f)
{
	return json_pack("{s:I,s:I,s:I}", "files", number(f->changed_files), "bytes", number(f->changed_bytes),
	                 "oldest_ms", ms(f->oldest_change));
}

static json_t *locks_of(const struct fs_debug *f, const struct map_debug *m)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "namespace_waits", number(f->lock_waits), "namespace_longest_wait_ms",
	                 ms(f->longest_lock_wait), "freezes", number(m->freezes), "longest_freeze_ms",
	                 ms(m->longest_freeze));
}

static json_t *memtables_of(const struct map_debug *m)
{
	return json_pack("{s:I,s:I,s:b,s:I,s:I,s:I,s:b}", "bytes", number(m->memtable.bytes), "changes",
	                 number(m->memtable.records), "immutable_waits", m->immutable_waits, "immutable_bytes",
	                 number(m->immutable.bytes), "immutable_changes", number(m->immutable.records), "base_commits",
	                 number(m->commits), "disk_full", m->full);
}

static json_t *wal_of(const struct map_debug *m)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "pass", number(m->wal_pass), "used", number(m->wal_used), "size",
	                 number(m->wal_size), "syncs", number(m->wal_syncs));
}

static json_t *fetching_of(struct mounted_vault *v)
{
	struct fetch_debug d;
	fetch_debug(v->fetch, &d);
	return json_pack("{s:I,s:I,s:I,s:I}", "blocks", number(d.wanted), "read_ahead_blocks", number(d.ahead),
	                 "in_line", number(d.in_line), "bytes_under_way", number(d.bytes_under_way));
}

/* threads_of: their names, as the kernel has them. */
static json_t *threads_of(void)
{
	json_t *list = json_array();
	DIR *d = opendir("/proc/self/task");
	struct dirent *entry;
	while (d && (entry = readdir(d))) {
		char path[300], name[32] = "";
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		cleanup_file FILE *f = fopen(path, "re");
		if (!f || !fgets(name, sizeof(name), f))
			continue; /* it has just ended */
		name[strcspn(name, "\n")] = 0;
		json_array_append_new(list, json_string(name));
	}
	if (d)
		closedir(d);
	return list;
}

static json_t *alarms_of(const struct sync_debug *d)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < d->alarms; i++)
		json_array_append_new(list, json_string(d->alarm[i]));
	return list;
}

/* credentials_of: null: the cloud's place needs none. */
static json_t *credentials_of(struct mounted_vault *v)
{
	char whose[STORE_WHOSE_MAX];
	store_whose(v->store, whose);
	return whose[0] ? escape_json(whose) : json_null();
}

json_t *mounted_vault_debug(struct mounted_vault *v)
{
	struct sync_debug s;
	struct fs_debug f;
	struct map_debug m;
	sync_debug(v->sync, &s);
	fs_debug(v->fs, &f);
	map_debug(v->map, &m);
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "credentials", credentials_of(v), "queue",
	                 queue_of(v, &s), "engine", engine_of(&s), "requests", requests_of(v, &f), "write_buffers",
	                 buffers_of(&f), "locks", locks_of(&f, &m), "memtables", memtables_of(&m), "wal", wal_of(&m),
	                 "fetching", fetching_of(v), "threads", threads_of(), "alarms", alarms_of(&s));
}
