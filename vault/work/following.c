/* SPDX-License-Identifier: MIT */
#include "vault/work/following.h"

#include "util/cleanup.h"
#include "vault/changeset/joined_view.h"
#include "vault/join/shared_key.h"
#include "vault/shown/update.h"
#include "vault/work/index.h"

#include <stdlib.h>

struct part {
	struct u64s inos;      /* some of all: not owned */
	struct records shared; /* what changes of them */
	struct records local;  /* and what becomes of local records */
	struct watch read;
	bool again; /* what others touched meanwhile may contradict itself until it is made again */
};
struct following {
	struct following_config cfg;
	struct u64s inos; /* whose records change */
	struct part *parts;
	size_t n, made;
	struct view map;
	/* Over what is published, and over the map: the changes of parts that are made. */
	struct records_over done, local;
};

void following_freep(struct following **ret)
{
	struct following *f = steal_ptr(*ret);
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		records_free(&f->parts[i].shared);
		records_free(&f->parts[i].local);
		watch_free(&f->parts[i].read);
	}
	free(f->parts);
	u64s_free(&f->inos);
	records_free(&f->done.changes);
	records_free(&f->local.changes);
	free(f);
}

/* -- parts --------------------------------------------------------------------------------------------------------- */

/* ino_of: 0: the tree does not hang on it. */
static uint64_t ino_of(struct span key)
{
	struct shared_name n;
	return shared_key_parse(key, &n) == ERR_OK && n.kind != SHARED_XATTR ? n.ino : 0;
}

static err_t list_inos(struct following *f)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < f->cfg.changes->n; i++) {
		uint64_t ino = ino_of(records_key(f->cfg.changes->v[i]));
		if (ino)
			e = u64s_add(&f->inos, ino);
	}
	u64s_sort(&f->inos);
	return e;
}

static err_t cut(struct following *f)
{
	const size_t size = f->cfg.part;
	const size_t n = (f->inos.n + size - 1) / size;
	f->parts = calloc(n + 1, sizeof(*f->parts));
	if (!f->parts)
		return ERR_NOMEM;
	for (f->n = 0; f->n < n; f->n++) {
		const size_t at = f->n * size, some = MIN(size, f->inos.n - at);
		f->parts[f->n].inos = (struct u64s){ f->inos.v + at, some, some };
	}
	return ERR_OK;
}

/* part_of: which has the inode. */
static struct part *part_of(const struct following *f, uint64_t ino)
{
	size_t low = 0, high = f->n;
	while (high - low > 1) {
		const size_t mid = low + (high - low) / 2;
		if (f->parts[mid].inos.v[0] <= ino)
			low = mid;
		else
			high = mid;
	}
	return &f->parts[low];
}

static err_t put(struct records *to, const struct records_entry *x)
{
	return x->gone ? records_gone(to, records_key(x)) : records_put(to, records_key(x), buf_span(&x->value));
}

static err_t deal(const struct following *f)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < f->cfg.changes->n; i++) {
		const struct records_entry *x = f->cfg.changes->v[i];
		const uint64_t ino = ino_of(records_key(x));
		if (ino)
			e = put(&part_of(f, ino)->shared, x);
	}
	return e;
}

err_t following_new(const struct following_config *c, struct following **ret)
{
	cleanup(following_freep) struct following *f = calloc(1, sizeof(*f));
	if (!f)
		return ERR_NOMEM;
	f->cfg = *c;
	f->map = index_view(c->index);
	f->done.below = c->published;
	f->local.below = &f->map;
	err_t e = list_inos(f);
	if (!e)
		e = cut(f);
	if (!e)
		e = deal(f);
	if (!e)
		*ret = steal_ptr(f);
	return e;
}

size_t following_parts(const struct following *f)
{
	return f->n;
}

const struct records *following_local(const struct following *f)
{
	return &f->local.changes;
}

/* -- one of them --------------------------------------------------------------------------------------------------- */

/* add_folded: of which a set says something: what is published in one record may be shown in another. */
static err_t add_folded(const struct joined *shown, const struct u64s *inos, struct records *keys)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < inos->n; i++) {
		struct shared_key key = shared_key_ino(SHARED_INODE, inos->v[i]);
		if (!joined_may(shown, shared_key_span(&key)))
			continue;
		key = shared_key_ino(SHARED_SIBLING, inos->v[i]);
		e = records_gone(keys, shared_key_span(&key));
	}
	return e;
}

/* note: what it says something of counts as read, too: also what was looked at in no record. */
static void note(struct part *p)
{
	for (size_t i = 0; i < p->inos.n; i++)
		watch_inode(&p->read, p->inos.v[i]);
	watch_keys(&p->read, &p->local);
}

/* make: between the parts the records are nobody's, which the index does not mind. */
static err_t make(const struct following *f, struct part *p)
{
	cleanup(records_free) struct records keys = RECORDS_INIT;
	const struct view done = records_over_view(&f->done), local = records_over_view(&f->local);
	const struct records_over with = { &done, p->shared };
	cleanup(joined_files_free) struct joined_files was = { 0 }, is = { 0 };
	struct joined before, after;
	struct changeset *c = f->cfg.changeset;
	joined_begin(&before, done, c->open, c->closed);
	joined_begin(&after, records_over_view(&with), c->open, c->closed);
	before.kept = &was;
	after.kept = &is;
	struct watching w[] = { { &before.view, &p->read }, { &after.view, &p->read }, { &local, &p->read } };
	const struct view v[] = { watching_view(&w[0]), watching_view(&w[1]), watching_view(&w[2]) };
	const struct u64s none = { 0 };
	const struct shown_change change = {
		&v[0], &v[1], &v[2], f->cfg.hash, &p->inos, &none, .changed = { &keys }, .gone = f->cfg.gone,
	};
	watch_free(&p->read);
	records_free(&p->local);
	err_t e = records_add_all(&keys, &p->shared);
	if (!e)
		e = add_folded(&after, &p->inos, &keys);
	if (!e)
		e = update_shown(&change, &p->local);
	if (!e)
		note(p);
	return e;
}

/* lay: over what is below. */
static err_t lay(struct following *f, const struct part *p)
{
	err_t e = records_add_all(&f->local.changes, &p->local);
	return e ? e : records_add_all(&f->done.changes, &p->shared);
}

err_t following_make(struct following *f)
{
	if (f->made == f->n)
		return ERR_NOTFOUND;
	struct part *p = &f->parts[f->made];
	p->again = make(f, p) != ERR_OK;
	err_t e = lay(f, p);
	f->made += !e;
	return e;
}

/* -- settling ------------------------------------------------------------------------------------------------------ */

static bool is_touched(const struct part *p, const struct records *touched)
{
	return p->again || watch_met(&p->read, touched);
}

/* make_again: what it said, and what it says, are touched. */
static err_t make_again(const struct following *f, struct part *p, struct records *touched)
{
	err_t e = records_add_all(touched, &p->local);
	if (!e)
		e = make(f, p);
	p->again = e;
	return e ? e : records_add_all(touched, &p->local);
}

/* take_back: what is laid from part `k` on. */
static err_t take_back(struct following *f, size_t k)
{
	err_t e = ERR_OK;
	records_free(&f->local.changes);
	records_free(&f->done.changes);
	for (size_t i = 0; !e && i < k; i++)
		e = lay(f, &f->parts[i]);
	return e;
}

/* settle_from: part `k` is the first that is touched. */
static err_t settle_from(struct following *f, size_t k, struct records *touched)
{
	err_t e = take_back(f, k);
	for (; !e && k < f->n; k++) {
		struct part *p = &f->parts[k];
		if (is_touched(p, touched))
			e = make_again(f, p, touched);
		if (!e)
			e = lay(f, p);
	}
	return e;
}

err_t following_settle(struct following *f, struct records *touched)
{
	size_t k = 0;
	err_t e = ERR_OK;
	while (!e)
		e = following_make(f);
	if (e != ERR_NOTFOUND)
		return e;
	while (k < f->n && !is_touched(&f->parts[k], touched))
		k++;
	return k < f->n ? settle_from(f, k, touched) : ERR_OK;
}

/* -- what was and will be ------------------------------------------------------------------------------------------ */

void following_states(const struct following *f, struct watch *watch, struct following_states *ret)
{
	struct following_states *s = ret;
	const struct changeset *c = f->cfg.changeset;
	s->map = f->map;
	s->done = records_over_view(&f->done);
	s->local = records_over_view(&f->local);
	joined_begin(&s->joined[0], *f->cfg.published, c->open, c->closed);
	joined_begin(&s->joined[1], s->done, c->open, c->closed);
	for (size_t i = 0; i < ARRAY_LEN(s->files); i++) {
		s->files[i] = (struct joined_files){ 0 };
		s->joined[i].kept = &s->files[i];
	}
	const struct view *below[] = { &s->joined[0].view, &s->joined[1].view, &s->map, &s->local };
	for (size_t i = 0; i < ARRAY_LEN(below); i++) {
		s->watching[i] = (struct watching){ below[i], watch };
		s->view[i] = watching_view(&s->watching[i]);
	}
	s->was = (struct context){ &s->view[0], &s->view[2], f->cfg.hash };
	s->is = (struct context){ &s->view[1], &s->view[3], f->cfg.hash };
}

void following_states_end(struct following_states *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->files); i++)
		joined_files_free(&s->files[i]);
}
