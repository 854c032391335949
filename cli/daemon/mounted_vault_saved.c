/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_saved.h"

#include "cli/daemon/mounted_vault_alarms.h"

void mounted_vault_saved(struct mounted_vault *v, struct saved *ret)
{
	struct fs_stats f = { 0 };
	*ret = (struct saved){ .lacks = SAVED_OPEN };
	if (!v->sync)
		return;
	if (v->fs)
		fs_stats(v->fs, &f);
	sync_saved(v->sync, f.dirty_bytes, ret);
}

void mounted_vault_last_alarms(struct mounted_vault *v, struct last *ret)
{
	json_t *list = mounted_vault_alarms(v);
	const char *text = json_string_value(json_object_get(json_array_get(list, 0), "text"));
	ret->alarms = json_array_size(list);
	snprintf(ret->alarm, sizeof(ret->alarm), "%s", text ? text : "");
	json_decref(list);
}

void mounted_vault_last(struct mounted_vault *v, const struct saved *s, struct last *ret)
{
	struct left left = { 0 };
	if (!s->yes && v->sync)
		sync_left(v->sync, &left);
	ret->saved = s->yes;
	ret->unpublished = s->lacks & (SAVED_OPEN | SAVED_BUFFERED);
	ret->objects = s->objects;
	ret->bytes = s->bytes;
	ret->files = left.files;
	ret->more = left.more;
	snprintf(ret->lacks, sizeof(ret->lacks), "%s", saved_words(s->lacks));
}

json_t *mounted_vault_lacks(const struct saved *s)
{
	json_t *list = json_array();
	for (unsigned i = 0; saved_name(i); i++)
		if (s->lacks & 1u << i)
			json_array_append_new(list, json_string(saved_name(i)));
	return list;
}
