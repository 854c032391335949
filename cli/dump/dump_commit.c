/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_commit.h"

#include "cli/dump/dump_stop.h"
#include "cli/dump/json_fields.h"
#include "cli/vaults/device.h"
#include "util/cleanup.h"
#include "util/deadline.h"
#include "util/hex.h"
#include "vault/objects/objects.h"
#include "vault/print/commit.h"

#include <stdlib.h>
#include <string.h>

#define CHANGES_SHOWN 300
#define PARTS_READ 256
#define ALL_S 30 /* then it is given up */

struct wanted {
	struct id stream;
	uint64_t n;
};

static err_t own_stream(struct map *m, struct id *stream, struct why *why)
{
	cleanup(device_free) struct device d = DEVICE_INIT;
	err_t e = device_load(m, &d, why);
	if (!e)
		*stream = d.stream;
	return e;
}

static bool number_of(const char *text, uint64_t *ret)
{
	char *end;
	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	*ret = v;
	return !errno && !*end && text[0] >= '0' && text[0] <= '9' && v > 0;
}

static err_t parse(struct map *m, const char *which, struct wanted *ret, struct why *why)
{
	char stream[2 * ID_LEN + 1];
	const char *colon = strchr(which, ':');
	if (!number_of(colon ? colon + 1 : which, &ret->n))
		return why_set(why, ERR_INVAL, "'%.80s' is no commit: say its number, or STREAM:NUMBER", which);
	if (!colon)
		return own_stream(m, &ret->stream, why);
	snprintf(stream, sizeof(stream), "%.*s", (int)(colon - which), which);
	if (colon - which != 2 * ID_LEN || !hex_decode(stream, ret->stream.b, ID_LEN))
		return why_set(why, ERR_INVAL, "'%.80s': a stream is 32 hex digits (debug dump NAME record stream)",
		               which);
	return ERR_OK;
}

struct commit_reader {
	const struct keyring *keyring;
	struct store *store;
	struct wanted wanted;
	uint32_t epoch;
	struct deadline end;
};

static err_t read_part(const struct commit_reader *r, uint32_t part, struct buf *plain)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	char name[OBJECT_NAME];
	struct hash hash;
	uint8_t sig[SIG_LEN];
	err_t e = name_commit(r->keyring, r->epoch, r->wanted.stream, r->wanted.n, part, name);
	if (!e)
		e = store_get_until(r->store, name, OBJECT_MAX, r->end, &body);
	return e ? e
	         : object_open(OBJECT_PLACE(r->keyring, r->epoch, OBJ_COMMIT, name), buf_span(&body), NULL, plain,
	                       &hash, sig);
}

/* find_first: the first part, under whatever epoch it is sealed. */
static err_t find_first(struct commit_reader *r, struct buf *plain, struct why *why)
{
	err_t e = ERR_NOTFOUND;
	for (r->epoch = keyring_claimed(r->keyring); r->epoch; r->epoch--) {
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

/* sentence: of an error that says nothing by itself. */
static err_t sentence(err_t e, struct why *why)
{
	if (e == ERR_TIMEOUT)
		return why_set(why, e, "the store is too slow: given up after %d s", ALL_S);
	return e == ERR_CANCELED ? why_set(why, e, "given up: the vault is being locked") : e;
}

/* show_until: as show, and ended by whoever stops dumps. */
static err_t show_until(struct commit_reader *r, struct dump_stop *stop, json_t **ret, struct why *why)
{
	struct dump_wait wait = { .store = r->store };
	err_t e = dump_wait_begin(stop, &wait);
	if (!e)
		e = show(r, ret, why);
	dump_wait_end(stop, &wait);
	return e;
}

err_t dump_commit(const struct dump_source *s, const char *which, json_t **ret, struct why *why)
{
	struct commit_reader r = { .keyring = s->keyring, .end = deadline_in(ALL_S * NS_PER_S) };
	struct store_config sc = s->store;
	sc.max_wait_ms = 3000; /* a person waits: no long back-off */
	err_t e = parse(s->map, which, &r.wanted, why);
	if (!e)
		e = store_open(&sc, &r.store, why);
	if (!e)
		e = s->stop ? show_until(&r, s->stop, ret, why) : show(&r, ret, why);
	store_close(r.store);
	return sentence(e, why);
}
