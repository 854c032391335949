/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_commit.h"

#include "cli/dump/dump_store.h"
#include "cli/dump/dump_which.h"
#include "cli/dump/json_fields.h"
#include "util/cleanup.h"
#include "vault/objects/objects.h"
#include "vault/print/commit.h"

#define CHANGES_SHOWN 300
#define PARTS_READ 256

struct commit_reader {
	struct dump_store d;
	struct dump_commit_id wanted;
	uint32_t epoch;
	json_t *shown;
};

static err_t read_part(const struct commit_reader *r, uint32_t part, struct buf *plain)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = name_commit(r->d.keyring, r->epoch, r->wanted.stream, r->wanted.n, part, name);
	if (!e)
		e = store_get_until(r->d.store, name, OBJECT_MAX, r->d.end, &body);
	return e ? e
	         : object_open(OBJECT_PLACE(r->d.keyring, r->epoch, OBJ_COMMIT, name), buf_span(&body), NULL, plain,
	                       &hash, sig);
}

/* find_first: the first part, under whatever epoch it is sealed. */
static err_t find_first(struct commit_reader *r, struct buf *plain, struct why *why)
{
	err_t e = ERR_NOTFOUND;
	for (r->epoch = keyring_claimed(r->d.keyring); r->epoch; r->epoch--) {
		e = read_part(r, 0, plain);
		if (e != ERR_NOTFOUND)
			return e;
	}
	return why_set(why, e,
	               "the store has no commit %llu of that stream: not uploaded yet (cloudseal sync), or never made",
	               (unsigned long long)r->wanted.n);
}

struct shown {
	struct json_fields j;
	size_t n;
	bool more; /* not all of them are shown */
	bool all;  /* parts were read */
};

static void show_changes(struct shown *s, const struct commit *c)
{
	struct rd r = RD(c->changes);
	struct span key, value;
	for (; change_next(&r, &key, &value); s->n++) {
		if (s->n >= CHANGES_SHOWN || s->j.bytes > DUMP_BYTES_MAX) {
			s->more = true;
			continue;
		}
		fields_open(&s->j.f, NULL, FIELDS_OBJECT);
		print_change(&s->j.f, key, value);
		fields_close(&s->j.f);
	}
}

static err_t next_part(const struct commit_reader *r, uint32_t part, struct buf *plain, struct commit *c)
{
	buf_clear(plain);
	err_t e = read_part(r, part, plain);
	return e ? e : commit_decode(buf_span(plain), c);
}

/* show_parts: the changes of the first parts, then what the last part says of the commit. */
static err_t show_parts(const struct commit_reader *r, struct buf *plain, struct shown *s)
{
	struct commit c;
	uint32_t part = 0;
	err_t e = commit_decode(buf_span(plain), &c);
	fields_open(&s->j.f, "changes", FIELDS_LIST);
	while (!e) {
		show_changes(s, &c);
		if (++part >= MIN(c.parts, (uint32_t)PARTS_READ))
			break;
		e = next_part(r, part, plain, &c);
	}
	fields_close(&s->j.f);
	if (e)
		return e;
	s->all = part == c.parts;
	s->more |= !s->all;
	if (!s->all)
		e = next_part(r, c.parts - 1, plain, &c);
	if (!e)
		print_commit(&s->j.f, &c);
	return e;
}

static err_t show(struct commit_reader *r, json_t **ret, struct why *why)
{
	cleanup(buf_free) struct buf plain = BUF_INIT;
	struct shown s = { .n = 0 };
	err_t e = find_first(r, &plain, why);
	if (e)
		return e;
	json_fields_begin(&s.j);
	e = show_parts(r, &plain, &s);
	fields_number(&s.j.f, s.all ? "changes_in_all" : "changes_in_parts_read", s.n);
	if (!s.all)
		fields_number(&s.j.f, "parts_read", PARTS_READ);
	fields_flag(&s.j.f, "more", s.more);
	*ret = json_fields_end(&s.j);
	if (!e && !*ret)
		e = ERR_NOMEM;
	if (e) {
		json_decref(*ret);
		*ret = NULL;
	}
	return e;
}

static err_t run(void *ctx, const struct dump_store *d, struct why *why)
{
	struct commit_reader *r = ctx;
	r->d = *d;
	return show(r, &r->shown, why);
}

err_t dump_commit(const struct dump_source *s, const char *which, json_t **ret, struct why *why)
{
	struct commit_reader r = { .shown = NULL };
	err_t e = dump_which_commit(s->map, which, &r.wanted, why);
	if (!e)
		e = dump_store_run(s, run, &r, why);
	if (!e)
		*ret = r.shown;
	return e;
}
