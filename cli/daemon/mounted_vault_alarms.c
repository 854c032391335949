/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_alarms.h"

#include "cli/daemon/mounted_vault_naming.h"
#include "cli/daemon/status_words.h"
#include "cli/ui/escape.h"
#include "sync/core/stored.h"
#include "sync/members/who.h"
#include "util/cleanup.h"
#include "vault/objects/name.h"

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

/* with_path: takes `j` over. */
static json_t *with_path(json_t *j, const struct fs_damage *d)
{
	if (j && !escape_set(j, "path", d->path))
		return j;
	json_decref(j);
	return NULL;
}

static void device_named(struct mounted_vault *v, struct id id, char out[CONFLICT_WHO])
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	if (!who_device_now(v->map, id, &b))
		snprintf(out, CONFLICT_WHO, "%.*s", (int)MIN(b.len, (size_t)CONFLICT_WHO - 1), (const char *)b.p);
}

static json_t *of_engine(struct mounted_vault *v, const struct alarm *a)
{
	char device[CONFLICT_WHO] = "", object[OBJECT_NAME] = "";
	if (a->about.stream)
		mounted_vault_device(v->map, a->about.stream, device);
	else if (!id_is_zero(a->about.device))
		device_named(v, a->about.device, device);
	if (!id_is_zero(a->about.object))
		name_id(a->about.object, object);
	else if (a->about.kind == ALARM_PLACE)
		snprintf(object, sizeof(object), "%s", STORE_HEADER);
	return json_pack("{s:s,s:o,s:s?,s:n,s:o,s:o}", "kind", alarm_name(a->about.kind), "text", escape_json(a->text),
	                 "object", or_null(object), "path", "device", device[0] ? escape_json(device) : json_null(),
	                 "since", status_json_time(a->since));
}

static json_t *of_refusal(const struct store_refusal *r)
{
	return json_pack("{s:s,s:o,s:s,s:n,s:n,s:o}", "kind", "object-refused", "text", escape_json(r->text), "object",
	                 r->name, "path", "device", "since", status_json_time(r->since));
}

static json_t *of_file(const struct fs_damage *d)
{
	return with_path(json_pack("{s:s,s:s,s:s?,s:n,s:n,s:o}", "kind", "file-damaged", "text", "a file is damaged",
	                           "object", or_null(d->object), "path", "device", "since",
	                           status_json_time(d->when * NS_PER_S)),
	                 d);
}

static json_t *damaged_one(const struct fs_damage *d)
{
	return with_path(
	        json_pack("{s:n,s:s,s:o}", "path", "object", d->object, "when", status_json_time(d->when * NS_PER_S)),
	        d);
}

/* is_given_up: what a read found is of an object that a person gave up (sync/lost.h). */
static bool is_given_up(struct mounted_vault *v, const struct fs_damage *d)
{
	struct stored x = { .given = false };
	struct id segment;
	if (!hex_decode(d->object, segment.b, ID_LEN) || stored_get(v->map, segment, &x))
		return false;
	return x.given;
}

/* add_files: each as `form` has it. */
static void add_files(struct mounted_vault *v, json_t *list, json_t *(*form)(const struct fs_damage *d))
{
	cleanup_free struct fs_damage *d = calloc(FS_DAMAGE_MAX, sizeof(*d));
	size_t n = d ? fs_damaged(v->fs, d, FS_DAMAGE_MAX) : 0;
	for (size_t i = 0; i < n; i++)
		if (!is_given_up(v, &d[i]))
			json_array_append_new(list, form(&d[i]));
}

json_t *mounted_vault_alarms(struct mounted_vault *v)
{
	json_t *list = json_array();
	cleanup_free struct alarm *a = calloc(SYNC_ALARMS_MAX, sizeof(*a));
	size_t n = a ? sync_alarms(v->sync, a) : 0;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, of_engine(v, &a[i]));
	struct store_refusal refused[REFUSALS_MAX];
	n = store_refusals(v->store, refused);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, of_refusal(&refused[i]));
	add_files(v, list, of_file);
	return list;
}

json_t *mounted_vault_damaged(struct mounted_vault *v)
{
	json_t *list = json_array();
	add_files(v, list, damaged_one);
	return list;
}

bool mounted_vault_stands(struct mounted_vault *v, err_t e, struct why *why)
{
	cleanup_free struct fs_damage *d = e == ERR_DAMAGED ? calloc(FS_DAMAGE_MAX, sizeof(*d)) : NULL;
	const size_t n = d ? fs_damaged(v->fs, d, FS_DAMAGE_MAX) : 0;
	for (size_t i = 0; i < n; i++) {
		if (d[i].object[0])
			continue;
		(void)why_set(
		        why, e,
		        "%.300s is damaged on this device, and nothing is uploaded while it is there: copy what of it "
		        "can be read, and remove it",
		        d[i].path);
		return true;
	}
	return false;
}
