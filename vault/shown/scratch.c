/* SPDX-License-Identifier: MIT */
#include "vault/shown/scratch.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/shown/claims.h"
#include "vault/shown/shown_key.h"
#include "vault/shown/u64s.h"
#include "vault/tree/index.h"

#include <stdlib.h>
#include <string.h>

struct scratch {
	const struct tree *t;
	const struct namehash *hash;
	struct records *out;
	struct hashed { /* claims of one directory, with the bucket of each */
		uint64_t hash;
		struct claim claim;
	} * v;
	size_t n, cap;
};

static err_t put(struct scratch *s, struct shown_key key, struct span value)
{
	return records_put(s->out, shown_key_span(&key), value);
}

static err_t claim(struct scratch *s, struct span name, struct claim c)
{
	struct hashed h = { .claim = c };
	h.claim.name.len = (uint8_t)name.len;
	if (name.len)
		memcpy(h.claim.name.b, name.p, name.len);
	err_t e = shown_hash(s->hash, name, &h.hash);
	if (e == ERR_OK && !vec_room(s->v, s->n, 1, &s->cap))
		e = ERR_NOMEM;
	if (e == ERR_OK)
		s->v[s->n++] = h;
	return e;
}

static err_t claim_dir(struct scratch *s, size_t i)
{
	const struct inode *d = &s->t->nodes.v[i];
	const struct claim c = { .type = TYPE_DIR, .ino = d->ino, .lid = LID_FIRST };
	if (!d->shown)
		return ERR_OK;
	const struct tree_link *l = index_first(s->t, d);
	return claim(s, d->is_void ? l->back_name : l->name, c);
}

static err_t claim_file(struct scratch *s, const struct tree_link *l)
{
	const struct claim c = { .type = index_node(s->t, l->ino)->type, .ino = l->ino, .lid = l->lid };
	return claim(s, l->name, c);
}

static err_t gather(struct scratch *s, size_t dir)
{
	const struct inode *d = &s->t->nodes.v[dir], *lost = &s->t->nodes.v[NODE_LOST];
	const struct claim c = { .type = TYPE_DIR, .ino = INO_LOST, .lid = LID_FIRST };
	err_t e = ERR_OK;
	s->n = 0;
	for (size_t i = 0; i < d->subs.n && e == ERR_OK; i++)
		e = claim_dir(s, s->t->subs[d->subs.at + i]);
	for (size_t i = 0; i < d->files.n && e == ERR_OK; i++)
		e = claim_file(s, &s->t->links.v[s->t->files[d->files.at + i]]);
	if (e == ERR_OK && dir == NODE_ROOT && (lost->alive || lost->files.n))
		e = claim(s, span_str("lost+found"), c);
	return e;
}

static int cmp_hashed(const void *x, const void *y)
{
	const struct hashed *a = x, *b = y;
	return (a->hash > b->hash) - (a->hash < b->hash);
}

static bool is_plain(const struct scratch *s, const struct claim *c)
{
	return c->type == TYPE_DIR || index_node(s->t, c->ino)->file.shown_n == 1;
}

static err_t put_bucket(struct scratch *s, uint64_t dir, const struct hashed *h, size_t n)
{
	cleanup(claims_free) struct claims claims = { 0 };
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = ERR_OK;
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = claims_add(&claims, &h[i].claim);
	if (e == ERR_OK)
		e = claims_encode(&claims, &b);
	if (e == ERR_OK)
		e = put(s, shown_key_2(SHOWN_NAMES, dir, h->hash), buf_span(&b));
	if (e == ERR_OK && (n > 1 || !is_plain(s, &h->claim)))
		e = put(s, shown_key_2(SHOWN_SPECIAL, dir, h->hash), SPAN(NULL, 0));
	return e;
}

/* Of the directories that claim one name in a bucket, one counts: they stand behind each other in some order. */
static bool is_first(const struct scratch *s, size_t i)
{
	const struct hashed *h = &s->v[i];
	for (size_t k = i; k-- > 0 && s->v[k].hash == h->hash;)
		if (s->v[k].claim.type == TYPE_DIR && name_cmp(&s->v[k].claim.name, &h->claim.name) == 0)
			return false;
	return true;
}

static err_t put_subdirs(struct scratch *s, uint64_t dir)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	uint64_t count = 0;
	for (size_t i = 0; i < s->n; i++)
		count += s->v[i].claim.type == TYPE_DIR && is_first(s, i);
	buf_u64(&b, count);
	err_t e = buf_ok(&b);
	return e == ERR_OK && count ? put(s, shown_key_1(SHOWN_SUBDIRS, dir), buf_span(&b)) : e;
}

static err_t put_names(struct scratch *s, size_t dir)
{
	err_t e = gather(s, dir);
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), cmp_hashed);
	for (size_t i = 0, n; i < s->n && e == ERR_OK; i += n) {
		for (n = 1; i + n < s->n && s->v[i].hash == s->v[i + n].hash;)
			n++;
		e = put_bucket(s, s->t->nodes.v[dir].ino, s->v + i, n);
	}
	return e == ERR_OK ? put_subdirs(s, s->t->nodes.v[dir].ino) : e;
}

static err_t put_members(struct scratch *s, const struct inode *d)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	if (d->identity == NONE)
		return ERR_OK;
	const struct tree_dir *one = &s->t->nodes.v[d->identity].dir;
	for (size_t i = 0; i < (one->ino == d->ino ? one->members_n : 1); i++)
		buf_u64(&b, one->members[i]);
	err_t e = buf_ok(&b);
	return e == ERR_OK && one->members_n > 1 ? put(s, shown_key_1(SHOWN_MEMBERS, d->ino), buf_span(&b)) : e;
}

static err_t put_hangs(struct scratch *s, const struct inode *d)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	if (d->hang == d->place)
		return ERR_OK;
	buf_u64(&b, s->t->nodes.v[d->hang].ino);
	buf_u8(&b, d->is_void);
	err_t e = buf_ok(&b);
	return e == ERR_OK ? put(s, shown_key_1(SHOWN_HANGS, d->ino), buf_span(&b)) : e;
}

static err_t put_dirs(struct scratch *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < s->t->nodes.n && e == ERR_OK; i++) {
		const struct inode *d = &s->t->nodes.v[i];
		if (!d->is_dir)
			continue;
		e = put_names(s, i);
		if (e == ERR_OK)
			e = put_members(s, d);
		if (e == ERR_OK)
			e = put_hangs(s, d);
	}
	return e;
}

static err_t put_revived(struct scratch *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < s->t->links.n && e == ERR_OK; i++) {
		const struct tree_link *l = &s->t->links.v[i];
		const struct inode *n = index_node(s->t, l->ino);
		if (n && n->type != TYPE_DIR && l->live && l->removed)
			e = put(s, shown_key_1(SHOWN_REVIVED, l->ino), SPAN(NULL, 0));
	}
	return e;
}

static err_t put_copies(struct scratch *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < s->t->entries_n && e == ERR_OK; i++) {
		const struct tree_entry *x = &s->t->entries[i];
		uint64_t number;
		if (!x->sibling)
			continue;
		e = tree_number_of(s->t, x, &number);
		if (e == ERR_OK)
			e = put(s, shown_key_2(SHOWN_COPIES, number, x->ino), SPAN(NULL, 0));
	}
	return e;
}

/* All files that a version came by. */
static err_t add_way(const struct tree *t, const struct tree_version *v, struct u64s *ret)
{
	struct copy_path path;
	err_t e = index_path(t, v, &path);
	for (size_t i = 0; e == ERR_OK && i < path.n; i++)
		e = u64s_add(ret, path.ino[i]);
	return e;
}

static err_t put_more(struct scratch *s)
{
	const struct tree *t = s->t;
	cleanup(u64s_free) struct u64s inos = { 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < t->links.n; i++)
		if (t->links.v[i].lid != LID_FIRST)
			e = u64s_add(&inos, t->links.v[i].ino);
	for (size_t i = 0; e == ERR_OK && i < t->versions.n; i++) {
		const struct tree_version *v = &t->versions.v[i];
		if (v->ino != v->home || (i && t->versions.v[i - 1].ino == v->ino))
			e = u64s_add(&inos, v->ino);
		if (e == ERR_OK && v->ino != v->home)
			e = add_way(t, v, &inos);
	}
	u64s_sort(&inos);
	for (size_t i = 0; e == ERR_OK && i < inos.n; i++) {
		const struct inode *n = index_node(t, inos.v[i]);
		if (n && n->type != TYPE_DIR)
			e = put(s, shown_key_1(SHOWN_SEVERAL, n->ino), SPAN(NULL, 0));
	}
	return e;
}

static err_t put_bound(struct scratch *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < s->t->bound.n && e == ERR_OK; i++) {
		const struct bound_ref *b = &s->t->bound.v[i];
		const struct tree_link *l = &s->t->links.v[b->link];
		e = put(s, shown_key(SHOWN_BOUND, (uint64_t[]){ b->ino, b->lid, l->ino, l->lid }, 4), SPAN(NULL, 0));
	}
	return e;
}

static err_t put_homes(struct scratch *s)
{
	err_t e = ERR_OK;
	for (size_t i = 0; i < s->t->versions.n && e == ERR_OK; i++) {
		const struct tree_version *v = &s->t->versions.v[i];
		struct copy_path path = { .n = 0 };
		if (v->ino != v->home)
			e = index_path(s->t, v, &path);
		for (size_t k = 1; k < path.n && e == ERR_OK; k++)
			if (path.ino[k] != v->home)
				e = put(s, shown_key_2(SHOWN_HOMES, path.ino[k], v->home), SPAN(NULL, 0));
	}
	return e;
}

err_t scratch_shown(const struct tree *t, const struct namehash *hash, struct records *out)
{
	struct scratch s = { .t = t, .hash = hash, .out = out };
	err_t e = put_dirs(&s);
	free(s.v);
	if (e == ERR_OK)
		e = put_revived(&s);
	if (e == ERR_OK)
		e = put_copies(&s);
	if (e == ERR_OK)
		e = put_more(&s);
	if (e == ERR_OK)
		e = put_bound(&s);
	return e == ERR_OK ? put_homes(&s) : e;
}
