/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_counts.h"

#include "cache/map.h"
#include "util/cleanup.h"
#include "vault/print/key_text.h"

#include <string.h>

#define SCAN_RECORDS 4096 /* records of one scan, which pins a state of the base */

static const char *const table_names[MAP_TABLES] = {
	[MAP_RECORDS] = "records",
	[MAP_BLOCK] = "blocks",
	[MAP_QUEUE] = "queue",
	[MAP_STATE] = "state",
};

struct counted {
	uint64_t entries, bytes;
};
struct tally {
	struct counted all, kind[256]; /* by the first byte of the key */
	size_t left;                   /* of this slice */
	struct buf last;               /* key where the next slice starts, after it */
};

static void count(struct counted *c, size_t bytes)
{
	c->entries++;
	c->bytes += bytes;
}

static int on_record(void *ctx, struct span key, struct span value)
{
	struct tally *t = ctx;
	count(&t->all, value.len);
	count(&t->kind[key.len ? *(const uint8_t *)key.p : 0], value.len);
	if (--t->left)
		return 0;
	buf_clear(&t->last);
	buf_put(&t->last, key.p, key.len);
	buf_u8(&t->last, 0);
	return t->last.failed ? (int)ERR_NOMEM : MAP_STOP;
}

static err_t tally(struct map *m, enum map_table table, struct tally *t)
{
	err_t e = ERR_OK;
	for (t->left = 0; !e && !t->left;) {
		t->left = SCAN_RECORDS;
		e = map_scan(m, table, SPAN(NULL, 0), buf_span(&t->last), on_record, t);
	}
	return e;
}

/* kind_name: of a kind of record, or the letter of a queue's. */
static void kind_name(enum map_table table, int kind, char out[16])
{
	const char *name = table == MAP_RECORDS ? key_text_kind((uint8_t)kind) : NULL;
	if (name)
		snprintf(out, 16, "%s", name);
	else if (table == MAP_QUEUE && kind > ' ' && kind < 0x7f)
		snprintf(out, 16, "%c", kind);
	else
		snprintf(out, 16, "0x%02x", (unsigned)kind);
}

static json_t *counted_json(const char *label, const char *name, const struct counted *c)
{
	return json_pack("{s:s,s:I,s:I}", label, name, "entries", (json_int_t)c->entries, "bytes",
	                 (json_int_t)c->bytes);
}

static json_t *table_json(enum map_table table, const struct tally *t)
{
	json_t *j = counted_json("table", table_names[table], &t->all), *kinds = json_array();
	for (int i = 0; i < 256; i++) {
		char name[16];
		if (!t->kind[i].entries)
			continue;
		kind_name(table, i, name);
		json_array_append_new(kinds, counted_json("kind", name, &t->kind[i]));
	}
	if (table == MAP_RECORDS || table == MAP_QUEUE)
		json_object_set(j, "kinds", kinds);
	json_decref(kinds);
	return j;
}

err_t dump_counts(struct map *m, json_t **ret)
{
	json_t *tables = json_array();
	err_t e = tables ? ERR_OK : ERR_NOMEM;
	for (int i = 0; !e && i < MAP_TABLES; i++) {
		cleanup_free struct tally *t = calloc(1, sizeof(*t));
		e = t ? tally(m, (enum map_table)i, t) : ERR_NOMEM;
		if (!e && json_array_append_new(tables, table_json((enum map_table)i, t)))
			e = ERR_NOMEM;
		if (t)
			buf_free(&t->last);
	}
	if (e)
		json_decref(tables);
	else
		*ret = tables;
	return e;
}
