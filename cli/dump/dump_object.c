/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_object.h"

#include "cli/dump/dump_store.h"
#include "cli/dump/dump_which.h"
#include "cli/dump/json_fields.h"
#include "sync/core/epoch.h"
#include "util/cleanup.h"
#include "vault/objects/commit.h"
#include "vault/objects/head.h"
#include "vault/objects/manifest.h"
#include "vault/objects/pack.h"
#include "vault/print/objects.h"
#include "vault/print/record.h"

#include <string.h>

#define RECORDS_SHOWN 300
#define PARTS_READ 256

/* Where something is asked for. */
struct asked {
	const struct dump_store *d;
	struct dump_commit_id which; /* n: of commits */
	struct epoch epoch;
	json_t *shown;
};

static void asked_end(struct asked *a)
{
	epoch_wipe(&a->epoch);
}

static err_t get(const struct asked *a, enum object_type type, const char *name, struct buf *plain)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct object_place at = epoch_place(&a->epoch, type, name);
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = store_get_until(a->d->store, name, OBJECT_MAX, a->d->end, &body);
	buf_clear(plain);
	return e ? e : object_open(&at, buf_span(&body), plain, &hash, sig);
}

typedef err_t (*get_fn)(struct asked *a, struct buf *plain);

/* newest: what `fn` gets under the newest epoch that has it. */
static err_t newest(struct asked *a, get_fn fn, struct buf *plain)
{
	err_t e = ERR_NOTFOUND;
	for (uint32_t i = keyring_claimed(a->d->keyring); e == ERR_NOTFOUND && i; i--) {
		epoch_wipe(&a->epoch);
		e = epoch_open(a->d->keyring, i, &a->epoch);
		if (!e)
			e = fn(a, plain);
	}
	return e;
}

/* finish: *ret, or the object goes. */
static err_t finish(struct json_fields *j, err_t e, json_t **ret)
{
	json_t *all = json_fields_end(j);
	if (!e && !all)
		e = ERR_NOMEM;
	if (e)
		json_decref(all);
	else
		*ret = all;
	return e;
}

/* -- commit ------------------------------------------------------------------------------------------------------ */

static err_t get_part(struct asked *a, uint32_t part, struct buf *plain)
{
	char name[OBJECT_NAME];
	err_t e = name_commit(&a->epoch.names, a->which.stream, a->which.n, part, name);
	return e ? e : get(a, OBJECT_COMMIT, name, plain);
}

static err_t get_first(struct asked *a, struct buf *plain)
{
	return get_part(a, 0, plain);
}

struct records_shown {
	struct json_fields j;
	size_t n;
	bool more; /* not all of them are shown */
};

static err_t show_record(void *ctx, struct span key, struct span value)
{
	struct records_shown *s = ctx;
	s->n++;
	if (s->n > RECORDS_SHOWN || s->j.bytes > DUMP_BYTES_MAX) {
		s->more = true;
		return ERR_OK;
	}
	fields_open(&s->j.f, NULL, FIELDS_OBJECT);
	print_record(&s->j.f, key, value);
	fields_close(&s->j.f);
	return ERR_OK;
}

/* show_part: its records, and how many parts there are; of the last one, what it says of the commit. */
static err_t show_part(struct records_shown *s, struct span plain, uint32_t *ret_parts)
{
	cleanup(commit_free) struct commit c = { 0 };
	err_t e = commit_decode(plain, &c);
	if (!e)
		e = pack_read(c.pack, show_record, s);
	if (!e)
		*ret_parts = c.parts;
	return e;
}

static err_t show_last(struct records_shown *s, struct span plain)
{
	cleanup(commit_free) struct commit c = { 0 };
	err_t e = commit_decode(plain, &c);
	if (!e && !commit_is_last(&c))
		e = ERR_DAMAGED;
	if (!e)
		print_commit(&s->j.f, &c);
	return e;
}

/* show_parts: the records of the first parts, then what the last part says of the commit. */
static err_t show_parts(struct asked *a, struct buf *plain, struct records_shown *s)
{
	uint32_t parts = 1, part = 0;
	err_t e = ERR_OK;
	fields_open(&s->j.f, "changes", FIELDS_LIST);
	for (; !e && part < MIN(parts, (uint32_t)PARTS_READ); part++) {
		if (part)
			e = get_part(a, part, plain);
		if (!e)
			e = show_part(s, buf_span(plain), &parts);
	}
	fields_close(&s->j.f);
	if (!e && part < parts)
		e = get_part(a, parts - 1, plain);
	if (!e)
		e = show_last(s, buf_span(plain));
	fields_number(&s->j.f, part == parts ? "changes_in_all" : "changes_in_parts_read", s->n);
	fields_flag(&s->j.f, "more", s->more || part < parts);
	return e;
}

static err_t run_commit(void *ctx, const struct dump_store *d, struct why *why)
{
	struct asked *a = ctx;
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	struct records_shown s = { .n = 0 };
	a->d = d;
	err_t e = newest(a, get_first, &plain);
	if (e == ERR_NOTFOUND)
		return why_set(
		        why, e,
		        "the cloud has no commit %llu of that stream: not uploaded yet (cloudseal sync), or never made",
		        (unsigned long long)a->which.n);
	if (e)
		return e;
	json_fields_begin(&s.j);
	e = show_parts(a, &plain, &s);
	return finish(&s.j, e, &a->shown);
}

/* -- head and manifest ------------------------------------------------------------------------------------------- */

static err_t get_head(struct asked *a, struct buf *plain)
{
	char name[OBJECT_NAME];
	err_t e = name_head(&a->epoch.names, a->which.stream, name);
	return e ? e : get(a, OBJECT_HEAD, name, plain);
}

static err_t read_head(struct asked *a, struct buf *plain, struct head *ret, struct why *why)
{
	err_t e = newest(a, get_head, plain);
	if (e == ERR_NOTFOUND)
		return why_set(why, e, "the cloud has no head of that stream");
	return e ? e : head_decode(buf_span(plain), ret);
}

static err_t run_head(void *ctx, const struct dump_store *d, struct why *why)
{
	struct asked *a = ctx;
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	cleanup(head_free) struct head h = { 0 };
	struct json_fields j;
	a->d = d;
	err_t e = read_head(a, &plain, &h, why);
	if (e)
		return e;
	json_fields_begin(&j);
	print_head(&j.f, &h);
	return finish(&j, ERR_OK, &a->shown);
}

/* read_manifest: under the epoch that the head says. */
static err_t read_manifest(struct asked *a, const struct head *h, struct buf *plain, struct why *why)
{
	char name[OBJECT_NAME];
	if (!h->has_checkpoint)
		return why_set(why, ERR_NOTFOUND, "the head of that stream announces no checkpoint");
	epoch_wipe(&a->epoch);
	hex_encode(h->manifest.b, ID_LEN, name);
	err_t e = epoch_open(a->d->keyring, keyring_find(a->d->keyring, h->manifest_epoch, h->manifest_epoch_id),
	                     &a->epoch);
	if (!e)
		e = get(a, OBJECT_MANIFEST, name, plain);
	return e == ERR_NOTFOUND ? why_set(why, e, "the cloud has no such manifest any more") : e;
}

static err_t run_manifest(void *ctx, const struct dump_store *d, struct why *why)
{
	struct asked *a = ctx;
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT, body = BUF_INIT;
	cleanup(head_free) struct head h = { 0 };
	cleanup(manifest_free) struct manifest m = { 0 };
	struct json_fields j;
	a->d = d;
	err_t e = read_head(a, &plain, &h, why);
	if (!e)
		e = read_manifest(a, &h, &body, why);
	if (!e)
		e = manifest_decode(buf_span(&body), &m);
	if (e)
		return e;
	json_fields_begin(&j);
	print_manifest(&j.f, &m);
	return finish(&j, ERR_OK, &a->shown);
}

/* -- all --------------------------------------------------------------------------------------------------------- */

static err_t run(const struct dump_source *s, struct asked *a, dump_store_fn fn, json_t **ret, struct why *why)
{
	err_t e = dump_store_run(s, fn, a, why);
	if (!e)
		*ret = a->shown;
	return e;
}

err_t dump_commit(const struct dump_source *s, const char *which, json_t **ret, struct why *why)
{
	cleanup(asked_end) struct asked a = { 0 };
	err_t e = dump_which_commit(s->map, which, &a.which, why);
	return e ? e : run(s, &a, run_commit, ret, why);
}

err_t dump_head(const struct dump_source *s, const char *which, json_t **ret, struct why *why)
{
	cleanup(asked_end) struct asked a = { 0 };
	err_t e = dump_which_stream(s->map, which, &a.which.stream, why);
	return e ? e : run(s, &a, run_head, ret, why);
}

err_t dump_manifest(const struct dump_source *s, const char *which, json_t **ret, struct why *why)
{
	cleanup(asked_end) struct asked a = { 0 };
	err_t e = dump_which_stream(s->map, which, &a.which.stream, why);
	return e ? e : run(s, &a, run_manifest, ret, why);
}
