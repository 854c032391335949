/* SPDX-License-Identifier: MIT */
#include "cli/vaults/last.h"

#include "cli/ui/escape.h"
#include "cli/ui/units.h"
#include "util/cleanup.h"

#include <jansson.h>
#include <string.h>

err_t last_write(const struct vault_dir *v, const struct last *l, struct why *why)
{
	json_t *j = json_pack("{s:b,s:b,s:b,s:I,s:I,s:I,s:b,s:I}", "open", l->open, "saved", l->saved, "unpublished",
	                      l->unpublished, "objects", (json_int_t)l->objects, "bytes", (json_int_t)l->bytes, "files",
	                      (json_int_t)l->files, "more", l->more, "alarms", (json_int_t)l->alarms);
	if (!j || escape_set(j, "lacks", l->lacks) || escape_set(j, "alarm", l->alarm) ||
	    escape_set(j, "mount_point", l->mount_point)) {
		json_decref(j);
		return ERR_NOMEM;
	}
	cleanup_free char *text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	return text ? vaults_write(v, "last.json", span_str(text), why) : ERR_NOMEM;
}

static uint64_t number_of(const json_t *j, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(j, name));
	return v > 0 ? (uint64_t)v : 0;
}

static void text_of(const json_t *j, const char *name, char *out, size_t n)
{
	cleanup_free char *text = escape_get(j, name);
	snprintf(out, n, "%s", text ? text : "");
}

void last_read(const struct vault_dir *v, struct last *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	*ret = (struct last){ .open = true };
	if (vaults_read(v, "last.json", 65536, &b, NULL))
		return;
	json_t *j = json_loadb((const char *)b.p, b.len, 0, NULL);
	ret->open = !json_is_false(json_object_get(j, "open"));
	ret->saved = json_is_true(json_object_get(j, "saved"));
	ret->unpublished = json_is_true(json_object_get(j, "unpublished"));
	ret->objects = number_of(j, "objects");
	ret->bytes = number_of(j, "bytes");
	ret->files = number_of(j, "files");
	ret->more = json_is_true(json_object_get(j, "more"));
	ret->alarms = number_of(j, "alarms");
	text_of(j, "alarm", ret->alarm, sizeof(ret->alarm));
	text_of(j, "lacks", ret->lacks, sizeof(ret->lacks));
	text_of(j, "mount_point", ret->mount_point, sizeof(ret->mount_point));
	json_decref(j);
}

bool last_pending(const struct last *l)
{
	return l->open || !l->saved;
}

/* amount_words: "3 files, 12 MiB": what of it is known. */
static void amount_words(const struct last *l, char *out, size_t n)
{
	char size[32], files[48] = "";
	units_size(l->bytes, size, sizeof(size));
	if (l->files)
		snprintf(files, sizeof(files), "%s%llu file%s", l->more ? "more than " : "",
		         (unsigned long long)l->files, l->files == 1 ? "" : "s");
	snprintf(out, n, "%s%s%s", files, files[0] && l->bytes ? ", " : "", l->bytes ? size : "");
}

void last_words(const struct last *l, char *out, size_t n)
{
	char amount[96];
	amount_words(l, amount, sizeof(amount));
	if (l->open)
		snprintf(out, n, "it was not locked cleanly, so work may be waiting");
	else if (l->bytes || (l->files && !l->saved))
		snprintf(out, n, "%s not uploaded yet", amount);
	else if (l->objects || l->unpublished)
		snprintf(out, n, "changes not uploaded yet");
	else if (l->saved)
		snprintf(out, n, "everything is uploaded");
	else
		snprintf(out, n, "%s", l->lacks[0] ? l->lacks : "it is not known whether everything is uploaded");
}

void last_said(const struct last *l, char *out, size_t n)
{
	char words[160];
	bool here = !l->open && !l->saved && (l->bytes || l->files || l->objects || l->unpublished);
	last_words(l, words, sizeof(words));
	snprintf(out, n, "%s%s", words, here ? "; they stay encrypted on this disk and go up at the next mount" : "");
}

void last_known(const struct last *l, char *out, size_t n)
{
	char more[48] = "";
	if (l->alarms > 1)
		snprintf(more, sizeof(more), ", and %llu more", (unsigned long long)(l->alarms - 1));
	snprintf(out, n, "%s%s", l->alarm[0] ? l->alarm : l->lacks, l->alarm[0] || l->lacks[0] ? more : "");
}
