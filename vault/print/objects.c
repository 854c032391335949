/* SPDX-License-Identifier: MIT */
#include "vault/print/objects.h"

#include "util/cleanup.h"
#include "vault/join/epoch.h"
#include "vault/objects/commit.h"
#include "vault/objects/head.h"
#include "vault/objects/manifest.h"
#include "vault/print/key_text.h"
#include "vault/print/parts.h"

#define NS 1000000000
#define LIST_SHOWN 64

/* ns: of a time of a commit or head; before 1970 also right. */
static void ns(const struct fields *f, const char *name, int64_t t)
{
	int64_t rest = t % NS;
	fields_time(f, name, t / NS - (rest < 0), (uint32_t)(rest < 0 ? rest + NS : rest));
}

static void digests(const struct fields *f, struct hash records, struct hash tree)
{
	fields_hex(f, "digest", records.b, sizeof(records));
	if (!hash_is_zero(tree))
		fields_hex(f, "tree_digest", tree.b, sizeof(tree));
}

static void extensions(const struct fields *f, const struct extensions *x)
{
	if (!x->n)
		return;
	fields_open(f, "extensions_not_known", FIELDS_LIST);
	for (size_t i = 0; i < MIN(x->n, (size_t)LIST_SHOWN); i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_number(f, "number", x->v[i].number);
		fields_number(f, "bytes", x->v[i].bytes.len);
		fields_close(f);
	}
	fields_close(f);
}

static void position(const struct fields *f, uint64_t stream, uint64_t n, struct id hash)
{
	fields_open(f, NULL, FIELDS_OBJECT);
	print_stream(f, "stream", stream);
	fields_number(f, "n", n);
	fields_hex(f, "commit", hash.b, sizeof(hash));
	fields_close(f);
}

static void applied(const struct fields *f, const struct applied *a)
{
	fields_number(f, "streams", a->n);
	fields_open(f, "applied", FIELDS_LIST);
	for (size_t i = 0; i < MIN(a->n, (size_t)LIST_SHOWN); i++)
		position(f, applied_stream(a->v[i].stream), a->v[i].n, a->v[i].hash);
	fields_close(f);
}

/* -- commit ------------------------------------------------------------------------------------------------------ */

static void entries(const struct fields *f, const struct vv *v)
{
	fields_number(f, "entries", v->n);
	fields_open(f, "stands_on", FIELDS_LIST);
	for (size_t i = 0; i < MIN(v->n, (size_t)LIST_SHOWN); i++)
		position(f, v->v[i].stream, v->v[i].n, v->v[i].hash);
	fields_close(f);
}

static void purge(const struct fields *f, const struct key_list *l)
{
	if (!l->n)
		return;
	fields_number(f, "purged", l->n);
	fields_open(f, "first_purged", FIELDS_LIST);
	for (size_t i = 0; i < MIN(l->n, (size_t)LIST_SHOWN); i++) {
		char text[KEY_TEXT_MAX];
		key_text_format(l->v[i], text);
		fields_word(f, NULL, text);
	}
	fields_close(f);
}

static void new_epoch(const struct fields *f, const struct commit *c)
{
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	cleanup(epoch_boxes_free) struct epoch_boxes to = { 0 };
	if (!c->start.len || epoch_get_start(c->start, &s) || epoch_get_recipients(c->recipients, &to))
		return;
	fields_open(f, "new_epoch", FIELDS_OBJECT);
	fields_number(f, "epoch", s.number);
	fields_number(f, "causes", s.causes_n);
	fields_number(f, "slots", s.slots.n);
	fields_number(f, "devices", to.n);
	fields_secret(f, "root");
	fields_close(f);
}

void print_commit(const struct fields *f, const struct commit *c)
{
	print_stream(f, "stream", c->stream);
	fields_number(f, "n", c->n);
	fields_number(f, "parts", c->parts);
	ns(f, "time", c->time);
	fields_number(f, "lamport", c->lamport);
	fields_hex(f, "previous", c->previous.b, sizeof(c->previous));
	fields_hex(f, "changeset", c->nonce.b, sizeof(c->nonce));
	fields_number(f, "rules", c->rules);
	entries(f, &c->vv);
	digests(f, c->digest, c->tree);
	if (c->has_checkpoint)
		fields_hex(f, "manifest_object", c->manifest.b, sizeof(c->manifest));
	if (c->has_checkpoint)
		fields_hex(f, "manifest", c->manifest_hash.b, sizeof(c->manifest_hash));
	new_epoch(f, c);
	purge(f, &c->purge);
	extensions(f, &c->extensions);
}

/* -- head and manifest ------------------------------------------------------------------------------------------- */

void print_head(const struct fields *f, const struct head *h)
{
	print_stream(f, "stream", h->stream);
	fields_number(f, "counter", h->counter);
	ns(f, "time", h->time);
	fields_number(f, "features", h->features);
	fields_flag(f, "settled", h->flags & HEAD_SETTLED);
	fields_number(f, "rules", h->rules);
	fields_number(f, "lamport", h->lamport);
	applied(f, &h->applied);
	digests(f, h->digest, h->tree);
	if (h->has_checkpoint) {
		fields_open(f, "checkpoint", FIELDS_OBJECT);
		fields_hex(f, "manifest_object", h->manifest.b, sizeof(h->manifest));
		fields_hex(f, "manifest", h->manifest_hash.b, sizeof(h->manifest_hash));
		fields_number(f, "epoch", h->manifest_epoch);
		fields_close(f);
	}
	extensions(f, &h->extensions);
}

static void chunks(const struct fields *f, const struct manifest *m)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < m->chunks_n; i++)
		bytes += m->chunks[i].size;
	fields_number(f, "chunks", m->chunks_n);
	fields_number(f, "chunk_bytes", bytes);
	fields_open(f, "first_chunks", FIELDS_LIST);
	for (size_t i = 0; i < MIN(m->chunks_n, (size_t)LIST_SHOWN); i++) {
		fields_open(f, NULL, FIELDS_OBJECT);
		fields_hex(f, "object", m->chunks[i].id.b, sizeof(m->chunks[i].id));
		fields_number(f, "bytes", m->chunks[i].size);
		fields_close(f);
	}
	fields_close(f);
}

void print_manifest(const struct fields *f, const struct manifest *m)
{
	print_stream(f, "stream", m->stream);
	fields_number(f, "lamport", m->lamport);
	fields_number(f, "rules", m->rules);
	fields_number(f, "records", m->records);
	digests(f, m->digest, m->tree);
	applied(f, &m->applied);
	fields_number(f, "behind", m->behind_n);
	chunks(f, m);
	extensions(f, &m->extensions);
}
