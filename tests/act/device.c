/* SPDX-License-Identifier: MIT */
#include "device.h"

#include "util/vec.h"
#include "vault/join/apply.h"
#include "vault/join/attr.h"
#include "vault/join/shared_key.h"

#include <string.h>
#include <sys/stat.h>

void must(err_t e, const char *what)
{
	if (e == ERR_OK)
		return;
	printf("failed %s: %s\n", what, err_text(e));
	fflush(stdout);
	exit(2);
}

static void *got(void *p)
{
	must(p ? ERR_OK : ERR_NOMEM, "memory");
	return p;
}

/* The model's number of an inode is a text; its bytes are the number here, so that the order is one. */
static err_t next_ino(void *ctx, struct stamp at, uint64_t *ret_ino, struct id *ret_birth)
{
	const struct device *d = ctx;
	char text[64];
	int n = snprintf(text, sizeof(text), "%s%llu.%llu", d->name, (unsigned long long)at.n,
	                 (unsigned long long)at.lamport);
	if (n > 8)
		return ERR_LIMIT;
	*ret_ino = 0;
	*ret_birth = ID_ZERO;
	for (int i = 0; i < 8; i++)
		*ret_ino = *ret_ino << 8 | (i < n ? (uint8_t)text[i] : 0);
	memcpy(ret_birth->b, text, (size_t)n);
	return ERR_OK;
}

static err_t next_lid(void *ctx, struct stamp at, uint64_t *ret_lid)
{
	(void)ctx;
	*ret_lid = at.lamport << 8 | at.stream;
	return ERR_OK;
}

static int64_t now(void *ctx, struct stamp at)
{
	(void)ctx;
	return (int64_t)at.lamport;
}

static void who(void *ctx, const struct version_id *root, int64_t at, char out[CONFLICT_WHO])
{
	(void)ctx, (void)at;
	char device[2] = { (char)('A' + root->stamp.stream - 1), 0 };
	conflict_who(span_str(device), (int64_t)root->stamp.lamport, out);
}

static const struct tree_naming naming = { .who = who };

static void put_root(struct device *d)
{
	cleanup(buf_free) struct buf mode = BUF_INIT;
	struct draft genesis;
	attr_put_mode(&mode, &(struct attr_mode){ .permissions = 0755 });
	draft_begin(&genesis, NULL);
	struct inode_head head = { .ino = INO_ROOT, .type = S_IFDIR >> 12 };
	head.attr[ATTR_MODE] = (struct attr){ .there = true, .value = mode };
	must(draft_put_head(&genesis, &head), "root");
	must(records_add_all(&d->base, draft_records(&genesis)), "root");
	draft_end(&genesis);
}

/* reset_map: the map holds what is in `base`, and `open`. */
static void reset_map(struct device *d, const struct records *open)
{
	mapped_reset(&d->mapped, &(struct mapped_state){ &d->base, open, d->act.stream, d->act.n, d->act.lamport });
	mapped_copy(&d->mapped, &d->base, &d->open.records);
	act_changed(&d->act);
}

static void set_up(struct device *d, char letter)
{
	struct act_numbers *numbers = got(calloc(1, sizeof(*numbers)));
	*numbers = (struct act_numbers){ .ino = next_ino, .lid = next_lid, .now = now, .ctx = d };
	d->name[0] = letter;
	put_root(d);
	d->base_view = records_view(&d->base);
	draft_begin(&d->open, &d->base_view);
	d->act = (struct act){
		.base = &d->base_view,
		.open = d->in_map ? &d->mapped.operation.draft : &d->open,
		.naming = &naming,
		.numbers = numbers,
		.stream = (uint64_t)(letter - 'A' + 1),
		.n = 1,
		.renew = 50,
	};
	if (d->in_map)
		reset_map(d, draft_records(&d->open));
	if (d->in_index)
		indexed_begin(&d->index, &d->act);
}

struct device *fleet_device(struct fleet *f, const char *name)
{
	if (name[0] < 'A' || name[0] >= 'A' + DEVICES || name[1])
		return NULL;
	struct device *d = &f->devices[name[0] - 'A'];
	if (!d->name[0]) {
		d->in_map = f->in_map;
		d->by_number = f->by_number;
		d->in_index = f->in_index;
		set_up(d, name[0]);
	}
	return d;
}

static void handles_free(struct device *d)
{
	while (d->handles) {
		struct handle *h = d->handles;
		d->handles = h->next;
		free(h->path);
		free(h);
	}
	d->act.handles = (struct act_handles){ 0 };
}

static void device_free(struct device *d)
{
	if (!d->name[0])
		return;
	handles_free(d);
	act_free(&d->act);
	free((void *)(uintptr_t)d->act.numbers);
	if (d->in_map)
		mapped_free(&d->mapped);
	if (d->in_index)
		indexed_free(&d->index);
	draft_end(&d->open);
	records_free(&d->base);
	if (d->saved)
		state_free(d->saved);
	*d = (struct device){ 0 };
}

void fleet_free(struct fleet *f)
{
	for (size_t i = 0; i < DEVICES; i++)
		device_free(&f->devices[i]);
	for (size_t i = 0; i < f->n; i++) {
		records_free(&f->commits[i]->records);
		free(f->commits[i]->purge);
		free(f->commits[i]);
	}
	free(f->commits);
	*f = (struct fleet){ .in_map = f->in_map, .by_number = f->by_number, .in_index = f->in_index };
}

struct commit *fleet_commit(struct fleet *f, const char *id)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->commits[i]->id, id))
			return f->commits[i];
	return NULL;
}

bool device_is_ready(const struct device *d, const struct commit *c)
{
	for (size_t s = 1; s <= DEVICES; s++)
		if (s != c->stream && d->vv[s] < c->vv[s])
			return false;
	return d->vv[c->stream] + 1 == c->n;
}

static void copy_records(struct records *to, const struct records *from)
{
	must(records_add_all(to, from), "copy");
}

static void apply_changes(struct records *base, const struct records *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct records_entry *e = changes->v[i];
		if (e->gone)
			records_drop(base, records_key(e));
		else
			must(records_put(base, records_key(e), buf_span(&e->value)), "apply");
	}
}

static bool is_purged(const struct commit *c, struct span key)
{
	struct shared_name name;
	must(shared_key_parse(key, &name), "key");
	for (size_t i = 0; i < c->purge_n; i++)
		if (c->purge[i] == name.ino)
			return true;
	return false;
}

static void purge(struct device *d, const struct commit *c)
{
	for (size_t i = d->base.n; i-- > 0;) {
		if (!is_purged(c, records_key(d->base.v[i])))
			continue;
		if (d->in_map)
			mapped_drop(&d->mapped, records_key(d->base.v[i]));
		records_drop(&d->base, records_key(d->base.v[i]));
	}
}

/* `said` joins what is below now. The draft says no more what is known there, or counts no more. The model does. */
static void reopen(struct device *d, const struct records *said)
{
	draft_end(&d->open);
	draft_begin(&d->open, &d->base_view);
	for (size_t i = 0; said && i < said->n; i++) {
		struct span key = records_key(said->v[i]);
		must(draft_put(&d->open, key, buf_span(&said->v[i]->value)), "open changeset");
		d->overtaken |= !records_find(draft_records(&d->open), key);
	}
	act_changed(&d->act);
}

/* receive_in_map: also what this device published itself, which is closed and joined there. */
static void receive_in_map(struct device *d, const struct commit *c)
{
	if (c->stream == d->act.stream)
		mapped_publish(&d->mapped);
	else
		mapped_deliver(&d->mapped, &c->records, c->lamport);
	mapped_copy(&d->mapped, &d->base, &d->open.records);
	purge(d, c);
	d->vv[c->stream] = c->n;
	d->act.lamport = MAX(d->act.lamport, c->lamport);
	act_changed(&d->act);
}

static void receive_in_tables(struct device *d, const struct commit *c)
{
	cleanup(records_free) struct records changes = RECORDS_INIT, said = RECORDS_INIT;
	must(join_apply(&d->base_view, &c->records, &changes), "join");
	copy_records(&said, draft_records(&d->open));
	apply_changes(&d->base, &changes);
	purge(d, c);
	d->vv[c->stream] = c->n;
	d->act.lamport = MAX(d->act.lamport, c->lamport);
	reopen(d, &said);
}

/* own: what it said is open no more, and comes with the commit. */
static void receive(struct device *d, const struct commit *c, bool own)
{
	cleanup(records_free) struct records before = RECORDS_INIT;
	if (d->in_index)
		indexed_all(&d->act, &before);
	if (own && !d->in_map)
		reopen(d, NULL);
	if (d->in_map)
		receive_in_map(d, c);
	else
		receive_in_tables(d, c);
	if (d->in_index)
		indexed_followed(&d->index, &d->act, &before);
}

void device_receive(struct device *d, const struct commit *c)
{
	receive(d, c, false);
}

struct commit *device_publish(struct fleet *f, struct device *d, const uint64_t *purge_inos, size_t purge_n)
{
	if (d->in_map)
		mapped_load(&d->mapped);
	must(unborn_forget(&d->act, NULL, NULL), "forget");
	device_done(d);
	if (!draft_records(&d->open)->n && !d->overtaken && !purge_n)
		return NULL;
	struct commit *c = got(calloc(1, sizeof(*c)));
	c->stream = d->act.stream;
	c->n = d->act.n++;
	c->lamport = d->act.lamport;
	memcpy(c->vv, d->vv, sizeof(c->vv));
	c->vv[c->stream] = c->n;
	snprintf(c->id, sizeof(c->id), "%s%llu", d->name, (unsigned long long)c->n);
	copy_records(&c->records, draft_records(&d->open));
	c->purge = got(calloc(purge_n + 1, sizeof(*c->purge)));
	memcpy(c->purge, purge_inos, purge_n * sizeof(*c->purge));
	c->purge_n = purge_n;
	must(vec_room(f->commits, f->n, 1, &f->cap) ? ERR_OK : ERR_NOMEM, "commit");
	f->commits[f->n++] = c;
	d->overtaken = false;
	receive(d, c, true);
	return c;
}

void device_load(struct device *d, const struct device *other)
{
	records_free(&d->base);
	copy_records(&d->base, &other->base);
	memcpy(d->vv, other->vv, sizeof(d->vv));
	d->act.lamport = MAX(d->act.lamport, other->act.lamport);
	handles_free(d);
	d->overtaken = false;
	reopen(d, NULL);
	if (d->in_map)
		reset_map(d, draft_records(&d->open));
	if (d->in_index)
		indexed_anew(&d->index, &d->act);
}

void device_done(struct device *d)
{
	if (d->in_index)
		indexed_operated(&d->index, &d->act);
	if (!d->in_map)
		return;
	mapped_apply(&d->mapped);
	mapped_copy(&d->mapped, &d->base, &d->open.records);
}

struct state *device_save(const struct device *d)
{
	struct state *s = got(calloc(1, sizeof(*s)));
	copy_records(&s->base, &d->base);
	copy_records(&s->open, draft_records(&d->open));
	s->n = d->act.n;
	s->lamport = d->act.lamport;
	memcpy(s->vv, d->vv, sizeof(s->vv));
	s->overtaken = d->overtaken;
	return s;
}

void device_restore(struct device *d, const struct state *s)
{
	handles_free(d);
	records_free(&d->base);
	copy_records(&d->base, &s->base);
	d->act.n = s->n;
	d->act.lamport = s->lamport;
	memcpy(d->vv, s->vv, sizeof(d->vv));
	d->overtaken = s->overtaken;
	if (d->in_map)
		reset_map(d, &s->open);
	else
		reopen(d, &s->open);
	if (d->in_index)
		indexed_anew(&d->index, &d->act);
}

void state_free(struct state *s)
{
	records_free(&s->base);
	records_free(&s->open);
	free(s);
}

struct handle *device_handle(const struct device *d, const char *name)
{
	for (struct handle *h = d->handles; h; h = h->next)
		if (!strcmp(h->name, name))
			return h;
	return NULL;
}

void device_close(struct device *d, const char *name)
{
	for (struct handle **at = &d->handles; *at; at = &(*at)->next) {
		struct handle *h = *at;
		if (strcmp(h->name, name))
			continue;
		*at = h->next;
		contents_close(&h->h);
		free(h->path);
		free(h);
		return;
	}
}
