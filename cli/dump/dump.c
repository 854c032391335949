/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump.h"

#include "cache/map.h"
#include "cli/dump/dump_commit.h"
#include "cli/dump/dump_counts.h"
#include "cli/dump/json_fields.h"
#include "cli/vaults/local.h"
#include "util/cleanup.h"
#include "vault/print/header.h"
#include "vault/print/key_text.h"
#include "vault/print/record.h"

#include <string.h>

#define RECORDS_SHOWN 300

err_t dump_find(const char *name, enum dump_what *ret, struct why *why)
{
	static const char *const names[] = {
		[DUMP_ALL] = "",          [DUMP_HEADER] = "header", [DUMP_COUNTS] = "counts",
		[DUMP_RECORD] = "record", [DUMP_COMMIT] = "commit",
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!strcmp(names[i], name)) {
			*ret = (enum dump_what)i;
			return ERR_OK;
		}
	}
	return why_set(why, ERR_INVAL, "nothing to dump is called '%.40s'; there are header, counts, record, commit",
	               name);
}

err_t dump_header(const struct vault_dir *v, json_t **ret, struct why *why)
{
	cleanup(header_freep) struct header *h = NULL;
	struct json_fields j;
	err_t e = local_header(v, &h, why);
	if (e)
		return e;
	json_fields_begin(&j);
	print_header(&j.f, h);
	*ret = json_fields_end(&j);
	return *ret ? ERR_OK : ERR_NOMEM;
}

struct listed {
	struct json_fields j;
	size_t n;
	bool more;
};

static int list_record(void *ctx, struct span key, struct span value)
{
	struct listed *l = ctx;
	if (l->n == RECORDS_SHOWN || l->j.bytes > DUMP_BYTES_MAX) {
		l->more = true;
		return MAP_STOP;
	}
	l->n++;
	fields_open(&l->j.f, NULL, FIELDS_OBJECT);
	print_record(&l->j.f, key, value);
	fields_close(&l->j.f);
	return 0;
}

/* dump_records: those whose keys start with the key. */
static err_t dump_records(struct map *m, const char *key_text, json_t **ret, struct why *why)
{
	struct rkey key;
	struct listed l = { .n = 0 };
	err_t e = key_text_parse(key_text, &key, why);
	if (e)
		return e;
	json_fields_begin(&l.j);
	fields_open(&l.j.f, "records", FIELDS_LIST);
	e = map_scan(m, MAP_RECORDS, rkey_span(&key), rkey_span(&key), list_record, &l);
	fields_close(&l.j.f);
	fields_flag(&l.j.f, "more", l.more);
	*ret = json_fields_end(&l.j);
	if (!e && !*ret)
		e = ERR_NOMEM;
	if (!e && !l.n)
		e = why_set(why, ERR_NOTFOUND,
		            "no record has the key '%.100s' (debug dump NAME counts says which kinds there are)",
		            key_text);
	if (e) {
		json_decref(*ret);
		*ret = NULL;
	}
	return e;
}

err_t dump_unlocked(const struct dump_source *s, enum dump_what what, const char *which, json_t **ret, struct why *why)
{
	if (what == DUMP_RECORD && !*which)
		return why_set(why, ERR_INVAL, "say which record, as in record inode:1");
	if (what == DUMP_COMMIT && !*which)
		return why_set(why, ERR_INVAL, "say which commit, as in commit 1 (of this device) or commit STREAM:1");
	if (what == DUMP_RECORD)
		return dump_records(s->map, which, ret, why);
	return what == DUMP_COMMIT ? dump_commit(s, which, ret, why) : dump_counts(s->map, ret);
}
