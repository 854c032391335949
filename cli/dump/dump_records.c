/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_records.h"

#include "cache/map.h"
#include "cli/dump/json_fields.h"
#include "util/cleanup.h"
#include "vault/changeset/said.h"
#include "vault/changeset/state.h"
#include "vault/print/key_text.h"
#include "vault/print/record.h"

#define RECORDS_SHOWN 300

struct listed {
	struct json_fields j;
	size_t n, bytes_max;
	bool more;
};

static int list_record(void *ctx, struct span key, struct span value)
{
	struct listed *l = ctx;
	if (l->n == RECORDS_SHOWN || l->j.bytes > l->bytes_max) {
		l->more = true;
		return MAP_STOP;
	}
	l->n++;
	fields_open(&l->j.f, NULL, FIELDS_OBJECT);
	print_record(&l->j.f, key, value);
	fields_close(&l->j.f);
	return 0;
}

static err_t list(struct map *m, struct span prefix, const char *name, struct listed *l)
{
	fields_open(&l->j.f, name, FIELDS_LIST);
	err_t e = map_scan(m, MAP_RECORDS, prefix, prefix, list_record, l);
	fields_close(&l->j.f);
	return e;
}

/* finish: *ret, or the object goes. */
static err_t finish(struct listed *l, err_t e, json_t **ret)
{
	json_t *all = json_fields_end(&l->j);
	if (!e && !all)
		e = ERR_NOMEM;
	if (e)
		json_decref(all);
	else
		*ret = all;
	return e;
}

err_t dump_record(const struct dump_source *s, const char *key_text, json_t **ret, struct why *why)
{
	struct rkey key;
	struct listed l = { .bytes_max = DUMP_BYTES_MAX };
	if (!*key_text)
		return why_set(why, ERR_INVAL, "say which record, as in record inode:1");
	err_t e = key_text_parse(key_text, &key, why);
	if (e)
		return e;
	json_fields_begin(&l.j);
	e = list(s->map, rkey_span(&key), "records", &l);
	fields_flag(&l.j.f, "more", l.more);
	if (!e && !l.n)
		e = why_set(why, ERR_NOTFOUND,
		            "no record has the key '%.100s' (debug dump NAME counts says which kinds there are)",
		            key_text);
	return finish(&l, e, ret);
}

static err_t list_sets(struct map *m, const struct changeset_state *s, struct listed *l)
{
	const uint8_t open = s->open, closed = open == SAID_A ? SAID_B : SAID_A;
	fields_number(&l->j.f, "n", s->n);
	fields_number(&l->j.f, "lamport_at_most", s->lamport);
	err_t e = list(m, SPAN(&open, 1), "open", l);
	fields_flag(&l->j.f, "more_open", l->more);
	l->n = 0;
	l->more = false;
	l->bytes_max = DUMP_BYTES_MAX;
	if (!e)
		e = list(m, SPAN(&closed, 1), "closed", l);
	fields_flag(&l->j.f, "more_closed", l->more);
	return e;
}

err_t dump_changeset(struct map *m, json_t **ret, struct why *why)
{
	cleanup(buf_free) struct buf value = BUF_INIT;
	struct listed l = { .bytes_max = DUMP_BYTES_MAX / 2 };
	struct changeset_state s;
	err_t e = map_get(m, MAP_STATE, span_str(STATE_CHANGESET), &value);
	if (e == ERR_NOTFOUND)
		return why_set(why, e, "nothing was ever changed here");
	if (!e)
		e = changeset_state_decode(buf_span(&value), &s);
	if (e)
		return e;
	json_fields_begin(&l.j);
	e = list_sets(m, &s, &l);
	return finish(&l, e, ret);
}
