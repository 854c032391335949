/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump.h"

#include "cli/dump/dump_counts.h"
#include "cli/dump/dump_index.h"
#include "cli/dump/dump_object.h"
#include "cli/dump/dump_records.h"
#include "cli/dump/json_fields.h"
#include "cli/vaults/local.h"
#include "util/cleanup.h"
#include "vault/print/header.h"

#include <string.h>

err_t dump_find(const char *name, enum dump_what *ret, struct why *why)
{
	static const char *const names[] = {
		[DUMP_ALL] = "",          [DUMP_HEADER] = "header", [DUMP_COUNTS] = "counts",
		[DUMP_RECORD] = "record", [DUMP_COMMIT] = "commit", [DUMP_CHANGESET] = "changeset",
		[DUMP_INDEX] = "index",   [DUMP_HEAD] = "head",     [DUMP_MANIFEST] = "manifest",
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!strcmp(names[i], name)) {
			*ret = (enum dump_what)i;
			return ERR_OK;
		}
	}
	return why_set(
	        why, ERR_INVAL,
	        "nothing to dump is called '%.40s'; there are header, counts, record, commit, changeset, index, head, "
	        "manifest",
	        name);
}

err_t dump_header(const struct vault_dir *v, json_t **ret, struct why *why)
{
	cleanup(header_free) struct header h = { 0 };
	struct json_fields j;
	err_t e = local_header(v, &h, why);
	if (e)
		return e;
	json_fields_begin(&j);
	e = print_header(&j.f, &h);
	json_t *all = json_fields_end(&j);
	if (!e && !all)
		e = ERR_NOMEM;
	if (e)
		json_decref(all);
	else
		*ret = all;
	return e;
}

/* dump_more: what is made of many records, or lies on the store. */
static err_t dump_more(const struct dump_source *s, enum dump_what what, const char *which, json_t **ret,
                       struct why *why)
{
	switch (what) {
	case DUMP_CHANGESET:
		return dump_changeset(s->map, ret, why);
	case DUMP_INDEX:
		return dump_index(s, ret, why);
	case DUMP_HEAD:
		return dump_head(s, which, ret, why);
	default:
		return dump_manifest(s, which, ret, why);
	}
}

bool dump_takes_more(enum dump_what what)
{
	return what == DUMP_RECORD || what == DUMP_COMMIT || what == DUMP_HEAD || what == DUMP_MANIFEST;
}

err_t dump_unlocked(const struct dump_source *s, enum dump_what what, const char *which, json_t **ret, struct why *why)
{
	switch (what) {
	case DUMP_RECORD:
		return dump_record(s, which, ret, why);
	case DUMP_COMMIT:
		if (!*which)
			return why_set(why, ERR_INVAL,
			               "say which commit, as in commit 1 (of this device) or commit STREAM:1");
		return dump_commit(s, which, ret, why);
	case DUMP_ALL:
	case DUMP_HEADER:
	case DUMP_COUNTS:
		return dump_counts(s->map, ret);
	default:
		return dump_more(s, what, which, ret, why);
	}
}
