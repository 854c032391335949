/* SPDX-License-Identifier: MIT */
#include "cli/vaults/last.h"

#include "cli/ui/escape.h"
#include "cli/ui/units.h"
#include "util/cleanup.h"

#include <jansson.h>
#include <string.h>

err_t last_write(const struct vault_dir *v, const struct last *l, struct why *why)
{
	json_t *j = json_pack("{s:b,s:b,s:b,s:I,s:I}", "open", l->open, "saved", l->saved, "unpublished",
	                      l->unpublished, "objects", (json_int_t)l->objects, "bytes", (json_int_t)l->bytes);
	if (!j || escape_set(j, "lacks", l->lacks) || escape_set(j, "mount_point", l->mount_point)) {
		json_decref(j);
		return ERR_NOMEM;
	}
	cleanup_free char *text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	return text ? vaults_write(v, "last.json", span_str(text), why) : ERR_NOMEM;
}

void last_read(const struct vault_dir *v, struct last *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	*ret = (struct last){ .open = true };
	if (vaults_read(v, "last.json", 65536, &b, NULL))
		return;
	json_t *j = json_loadb((const char *)b.p, b.len, 0, NULL);
	json_int_t objects = json_integer_value(json_object_get(j, "objects"));
	json_int_t bytes = json_integer_value(json_object_get(j, "bytes"));
	const char *lacks = json_string_value(json_object_get(j, "lacks"));
	cleanup_free char *mount_point = escape_get(j, "mount_point");
	ret->open = !json_is_false(json_object_get(j, "open"));
	ret->saved = json_is_true(json_object_get(j, "saved"));
	ret->unpublished = json_is_true(json_object_get(j, "unpublished"));
	ret->objects = objects > 0 ? (uint64_t)objects : 0;
	ret->bytes = bytes > 0 ? (uint64_t)bytes : 0;
	snprintf(ret->lacks, sizeof(ret->lacks), "%s", lacks ? lacks : "");
	snprintf(ret->mount_point, sizeof(ret->mount_point), "%s", mount_point ? mount_point : "");
	json_decref(j);
}

bool last_pending(const struct last *l)
{
	return l->open || !l->saved;
}

void last_words(const struct last *l, char *out, size_t n)
{
	char size[32];
	units_size(l->bytes, size, sizeof(size));
	if (l->open)
		snprintf(out, n, "it was not locked cleanly, so work may be waiting");
	else if (l->bytes)
		snprintf(out, n, "%s not uploaded yet", size);
	else if (l->objects || l->unpublished)
		snprintf(out, n, "changes not uploaded yet");
	else if (l->saved)
		snprintf(out, n, "everything is uploaded");
	else
		snprintf(out, n, "%s", l->lacks[0] ? l->lacks : "it is not known whether everything is uploaded");
}
