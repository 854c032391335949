/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_saved.h"

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

void mounted_vault_last(const struct saved *s, struct last *ret)
{
	*ret = (struct last){ .saved = s->yes,
		              .unpublished = s->lacks & (SAVED_OPEN | SAVED_BUFFERED),
		              .objects = s->objects,
		              .bytes = s->bytes };
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
