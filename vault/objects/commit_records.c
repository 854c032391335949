/* SPDX-License-Identifier: MIT */
#include "vault/objects/commit_records.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/join/content.h"
#include "vault/join/group_decode.h"
#include "vault/join/known.h"
#include "vault/join/place.h"
#include "vault/join/shared_key.h"
#include "vault/join/vault_key.h"
#include "vault/join/version.h"
#include "vault/objects/commit_first.h"
#include "vault/objects/commit_newcomers.h"

#include <string.h>

enum { PLACE_REMOVED = 2, PLACE_WRITTEN = 4 };   /* place.h */
enum { VERSION_ROOT = 1, VERSION_CONTENTS = 4 }; /* version.h */

void commit_records_free(struct commit_records *s)
{
	free(s->inos);
	free(s->contents);
	free(s->newcomers);
	*s = (struct commit_records){ 0 };
}

/* refuse: the answer of a visit that ends it. */
static err_t refuse(struct commit_records *s, enum refusal why)
{
	s->why = why;
	return ERR_DAMAGED;
}

/* -- stamps ------------------------------------------------------------------------------------------------------ */

static bool is_own(const struct commit_records *s, struct stamp at)
{
	return at.stream == s->last->stream && at.n == s->last->n;
}

static bool stamp_ok(const struct commit_records *s, struct stamp at)
{
	if (stamp_cmp(at, STAMP_ZERO) == 0)
		return true;
	return at.lamport <= s->last->lamport && (is_own(s, at) || vv_has_dot(s->basis->vv, at.stream, at.n));
}

static size_t keys_of(const struct group_node *map)
{
	struct nodes keys = group_inside(map);
	size_t n = 0;
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size)
		n++;
	return n;
}

/* check_nodes: the stamps of all groups and keys, and how many keys there are. */
static err_t check_nodes(struct commit_records *s, const struct record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct group_node *g = &r->v[i];
		bool map = g->class == GROUP_MAP || g->class == GROUP_VERSION;
		if (map && keys_of(g) > COMMIT_KEYS_MAX)
			return refuse(s, REFUSED_LIMIT);
		if (!map && !stamp_ok(s, g->stamp))
			return refuse(s, REFUSED_STAMP);
	}
	return ERR_OK;
}

/* -- records of files -------------------------------------------------------------------------------------------- */

/* place_whole: what is new in a place is all there. */
static bool place_whole(const struct commit_records *s, const struct group_node *place, const struct link_rec *l)
{
	struct nodes inside = group_inside(place);
	const struct group_node *removed = group_find(inside, PLACE_REMOVED);
	if (is_own(s, l->life) && l->where.at.dir == 0)
		return false;
	return !removed || !is_own(s, removed->stamp) || group_find(inside, PLACE_WRITTEN);
}

static err_t check_place(struct commit_records *s, struct nodes list)
{
	cleanup(link_rec_free) struct link_rec l = { 0 };
	const struct group_node *place = group_find(list, GROUP_PLACE);
	bool odd = false;
	err_t e = place ? place_read(list, &l, &odd) : ERR_NOTFOUND;
	if (e)
		return e == ERR_NOTFOUND ? ERR_OK : e;
	bool fine = stamp_ok(s, l.where.seat.stamp) && stamp_ok(s, l.where.half.with.life);
	if (!fine || !stamp_ok(s, l.where.half.seat.stamp))
		return refuse(s, REFUSED_STAMP);
	return place_whole(s, place, &l) ? ERR_OK : refuse(s, REFUSED_NOT_WHOLE);
}

/* version_whole: a new one has root and contents. */
static bool version_whole(const struct commit_records *s, const struct group_node *k)
{
	struct nodes inside = group_inside(k);
	return !is_own(s, k->stamp) || (group_find(inside, VERSION_ROOT) && group_find(inside, VERSION_CONTENTS));
}

static err_t check_versions(struct commit_records *s, uint64_t ino, struct nodes list)
{
	struct nodes keys = version_list(list);
	for (const struct group_node *k = keys.v; k < group_end(keys); k += k->size) {
		if (!version_whole(s, k))
			return refuse(s, REFUSED_NOT_WHOLE);
		if (!vec_room(s->inos, s->inos_n, 1, &s->inos_cap))
			return ERR_NOMEM;
		s->inos[s->inos_n++] = ino;
	}
	return ERR_OK;
}

static err_t check_file(struct commit_records *s, const struct shared_name *n, struct nodes list)
{
	if (n->kind == SHARED_XATTR)
		return ERR_OK;
	if (n->kind == SHARED_SIBLING || n->kind == SHARED_VERSION)
		return check_versions(s, n->ino, list);
	err_t e = check_place(s, list);
	return e || n->kind == SHARED_LINK ? e : check_versions(s, n->ino, list);
}

/* -- other records ----------------------------------------------------------------------------------------------- */

static int content_order(const void *a, const void *b)
{
	return id_cmp(*(const struct id *)a, *(const struct id *)b);
}

static bool has_content(const struct commit_records *s, struct id id)
{
	return s->contents_n && bsearch(&id, s->contents, s->contents_n, sizeof(id), content_order);
}

/* check_content: of CONTENT and EXTENTS: of the device itself, EXTENTS with their CONTENT. */
static err_t check_content(struct commit_records *s, const struct vault_name *n)
{
	const struct commit_basis *b = s->basis;
	if (!id_eq(b->device_of(b->ctx, content_stream(n->id)), b->device))
		return refuse(s, REFUSED_ANOTHERS);
	if (n->kind == SHARED_EXTENTS)
		return has_content(s, n->id) ? ERR_OK : refuse(s, REFUSED_RECORD);
	if (!vec_room(s->contents, s->contents_n, 1, &s->contents_cap))
		return ERR_NOMEM;
	s->contents[s->contents_n++] = n->id;
	return ERR_OK;
}

/* check_epoch: of EPOCH: what nobody began is a claim, and would be taken as begun by who joins by a checkpoint. */
static err_t check_epoch(struct commit_records *s, const struct vault_name *n)
{
	const struct commit_basis *b = s->basis;
	bool is = n->number == 1;
	err_t e = ERR_OK;
	if (n->number > 1 && n->number <= commit_epoch_most(b))
		e = b->begun(b->ctx, n->number, n->hash, &is);
	return e || is ? e : refuse(s, REFUSED_EPOCH);
}

static err_t check_vault(struct commit_records *s, const struct vault_name *n, struct nodes list)
{
	switch (n->kind) {
	case SHARED_PLACE:
		return stamp_ok(s, n->stamp) ? ERR_OK : refuse(s, REFUSED_STAMP);
	case SHARED_CONTENT:
	case SHARED_EXTENTS:
		return check_content(s, n);
	case SHARED_STATEMENT:
		return newcomers_said(s, n, list);
	case SHARED_DEVICE:
		if (group_find(list, 2) && !id_eq(n->id, s->basis->device))
			return refuse(s, REFUSED_ANOTHERS);
		return newcomers_record(s, n, list);
	case SHARED_SLOT:
		return newcomers_record(s, n, list);
	case SHARED_EPOCH:
		return check_epoch(s, n);
	default:
		return ERR_OK;
	}
}

/* -- all of them ------------------------------------------------------------------------------------------------- */

/* in_order: also from part to part. */
static bool in_order(struct commit_records *s, struct span key)
{
	if (s->key_len && span_cmp(SPAN(s->key, s->key_len), key) >= 0)
		return false;
	memcpy(s->key, key.p, key.len);
	s->key_len = key.len;
	return true;
}

/* fits_epoch: a commit that begins an epoch has records of members alone. */
static bool fits_epoch(const struct commit_records *s, uint8_t kind)
{
	return s->last->start.len == 0 || (kind >= SHARED_STATEMENT && kind <= SHARED_DEVICE);
}

static err_t check_record(struct commit_records *s, struct span key, struct span value)
{
	cleanup(record_free) struct record r = RECORD_INIT;
	struct shared_name file;
	struct vault_name vault;
	err_t e = record_decode(value, &r);
	if (!e)
		e = check_nodes(s, &r);
	if (e)
		return e;
	if (shared_key_parse(key, &file) == ERR_OK) {
		first_file(s, &file, group_all(&r));
		return check_file(s, &file, group_all(&r));
	}
	if (vault_key_parse(key, &vault))
		return ERR_OK;
	e = first_record(s, &vault, group_all(&r));
	return e ? e : check_vault(s, &vault, group_all(&r));
}

err_t commit_records_add(void *ctx, struct span key, struct span value)
{
	struct commit_records *s = ctx;
	if (!in_order(s, key))
		return refuse(s, REFUSED_PARTS);
	if (++s->count > COMMIT_RECORDS_MAX)
		return refuse(s, REFUSED_LIMIT);
	if (!fits_epoch(s, *(const uint8_t *)key.p))
		return refuse(s, REFUSED_EPOCH);
	err_t e = known_check(key, value);
	if (e == ERR_VERSION) /* of a kind that nobody here knows: it is carried whole */
		return ERR_OK;
	if (e == ERR_DAMAGED || e == ERR_LIMIT)
		return refuse(s, e == ERR_LIMIT ? REFUSED_LIMIT : REFUSED_RECORD);
	return e ? e : check_record(s, key, value);
}

static int ino_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* many_versions: whether an inode has more than it may in one commit. */
static bool many_versions(struct commit_records *s)
{
	if (s->inos_n)
		qsort(s->inos, s->inos_n, sizeof(*s->inos), ino_order);
	for (size_t i = COMMIT_VERSIONS_MAX; i < s->inos_n; i++)
		if (s->inos[i] == s->inos[i - COMMIT_VERSIONS_MAX])
			return true;
	return false;
}

enum refusal commit_records_end(struct commit_records *s)
{
	if (many_versions(s))
		return REFUSED_LIMIT;
	if (!newcomers_whole(s))
		return REFUSED_MEMBER;
	if (s->last->n == 1 && !s->has_incarnation)
		return REFUSED_INCARNATION;
	return first_whole(s) ? REFUSED_NOT : REFUSED_FIRST;
}
