/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_alarms.h"

#include "cli/daemon/mounted_vault_naming.h"
#include "cli/daemon/status_words.h"
#include "util/cleanup.h"
#include "vault/objects/name.h"

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static json_t *path_json(const struct fs_damage *d)
{
	json_t *path = json_string(d->path);
	return path ? path : json_string("(not text)");
}

static json_t *of_engine(struct mounted_vault *v, const struct alarm *a)
{
	char device[CONFLICT_WHO] = "", object[OBJECT_NAME] = "";
	if (a->about.stream)
		mounted_vault_device(v->map, a->about.stream, device);
	if (!id_is_zero(a->about.object))
		name_id(a->about.object, object);
	return json_pack("{s:s,s:o,s:s?,s:n,s:o,s:o}", "kind", alarm_name(a->about.kind), "text",
	                 status_json_text(a->text), "object", or_null(object), "path", "device",
	                 device[0] ? status_json_text(device) : json_null(), "since", status_json_time(a->since));
}

static json_t *of_file(const struct fs_damage *d)
{
	return json_pack("{s:s,s:s,s:s?,s:o,s:n,s:o}", "kind", "file-damaged", "text", "a file is damaged", "object",
	                 or_null(d->object), "path", path_json(d), "device", "since",
	                 status_json_time(d->when * NS_PER_S));
}

static json_t *damaged_one(const struct fs_damage *d)
{
	return json_pack("{s:o,s:s,s:o}", "path", path_json(d), "object", d->object, "when",
	                 status_json_time(d->when * NS_PER_S));
}

/* add_files: each as `form` has it. */
static void add_files(struct mounted_vault *v, json_t *list, json_t *(*form)(const struct fs_damage *d))
{
	cleanup_free struct fs_damage *d = calloc(FS_DAMAGE_MAX, sizeof(*d));
	size_t n = d ? fs_damaged(v->fs, d, FS_DAMAGE_MAX) : 0;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, form(&d[i]));
}

json_t *mounted_vault_alarms(struct mounted_vault *v)
{
	json_t *list = json_array();
	cleanup_free struct alarm *a = calloc(SYNC_ALARMS_MAX, sizeof(*a));
	size_t n = a ? sync_alarms(v->sync, a) : 0;
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, of_engine(v, &a[i]));
	add_files(v, list, of_file);
	return list;
}

json_t *mounted_vault_damaged(struct mounted_vault *v)
{
	json_t *list = json_array();
	add_files(v, list, damaged_one);
	return list;
}
