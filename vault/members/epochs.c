/* SPDX-License-Identifier: MIT */
#include "vault/members/epochs.h"

#include "util/cleanup.h"
#include "util/vec.h"
#include "vault/members/genesis.h"
#include "vault/members/roster.h"

#include <string.h>

/* -- which epoch ------------------------------------------------------------------------------------------------- */

void epochs_causes_free(struct epoch_causes *c)
{
	free(c->v);
	*c = (struct epoch_causes){ 0 };
}

static int by_bytes(const void *a, const void *b)
{
	return hash_cmp(*(const struct hash *)a, *(const struct hash *)b);
}

/* fold: any member can let in as many as it likes and revoke them. An epoch that names the hash of all covers these
 * and no others: with each one that is new the next epoch is due, as ever. */
static err_t fold(struct epoch_causes *c)
{
	struct hash all;
	err_t e = c->n > EPOCH_CAUSES_MAX ? epoch_causes_hash(c->v, c->n, &all) : ERR_OK;
	if (!e && c->n > EPOCH_CAUSES_MAX) {
		c->v[0] = all;
		c->n = 1;
	}
	return e;
}

err_t epochs_causes(const struct roster *r, struct epoch_causes *ret)
{
	struct epoch_causes c = { calloc(r->said_n + 1, sizeof(*c.v)), 0 };
	if (!c.v)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->said_n; i++)
		if (r->said[i].revokes)
			c.v[c.n++] = r->said[i].s->hash;
	for (size_t i = 1; i < r->slots_n; i++)
		c.v[c.n++] = r->said[r->by[i]].s->hash;
	if (c.n)
		qsort(c.v, c.n, sizeof(*c.v), by_bytes);
	err_t e = fold(&c);
	if (e)
		epochs_causes_free(&c);
	else
		*ret = c;
	return e;
}

size_t epochs_newest(const struct epoch_begun *v, size_t n)
{
	size_t at = 0;
	for (size_t i = 1; i < n; i++)
		if (v[i].number > v[at].number || (v[i].number == v[at].number && hash_cmp(v[i].id, v[at].id) > 0))
			at = i;
	return at;
}

bool epochs_covers(const struct epoch_begun *e, const struct epoch_causes *c)
{
	size_t at = 0;
	for (size_t i = 0; i < c->n; i++) {
		while (at < e->causes_n && hash_cmp(e->causes[at], c->v[i]) < 0)
			at++;
		if (at == e->causes_n || !hash_eq(e->causes[at], c->v[i]))
			return false;
	}
	return true;
}

err_t epochs_next(const struct epoch_begun *v, size_t n, const struct epoch_causes *c, uint32_t *ret)
{
	const struct epoch_begun *newest = &v[epochs_newest(v, n)];
	bool covers = epochs_covers(newest, c);
	if (!covers && newest->number == UINT32_MAX)
		return ERR_LIMIT;
	*ret = covers ? 0 : newest->number + 1;
	return ERR_OK;
}

/* -- boxes ------------------------------------------------------------------------------------------------------- */

struct boxes { /* bytes of all boxes, one behind the other, before their spans are known */
	struct buf bytes;
	struct epoch_boxes list;
};

static void boxes_free(struct boxes *b)
{
	buf_free(&b->bytes);
	epoch_boxes_free(&b->list);
}

/* box_to: ERR_NOTFOUND: its mix key is not there; ERR_WRONGKEY: no box can be made to its key, by anybody. */
static err_t box_to(const struct epoch_begin *b, const struct key *root, const struct roster_signer *x,
                    struct boxes *out)
{
	cleanup(key_wipe) struct key mix = { 0 };
	size_t before = out->bytes.len;
	if (!vec_room(out->list.v, out->list.n, 1, &out->list.cap))
		return ERR_NOMEM;
	err_t e = b->mix(b->ctx, x, &mix);
	if (e)
		return e;
	e = root_box_seal(&b->at, root, x->id, &(struct box_to){ x->who.box_key, &mix }, &out->bytes);
	if (e)
		return e == ERR_DAMAGED ? ERR_WRONGKEY : e;
	out->list.v[out->list.n++] = (struct epoch_box){ x->id, SPAN(NULL, out->bytes.len - before) };
	return ERR_OK;
}

/* point: to the bytes, which stay where they are from now on. */
static void point(struct boxes *b)
{
	const uint8_t *at = b->bytes.p;
	for (size_t i = 0; i < b->list.n; i++) {
		b->list.v[i].box.p = at;
		at += b->list.v[i].box.len;
	}
}

/* has_place: a list has an end, and any member can let in as many as it likes. A device that is left out finds the root
 * elsewhere; whom genesis names, and the recovery key in force, are never left out. */
static bool has_place(const struct epoch_begin *b, const struct roster_signer *x, size_t n)
{
	return n + GENESIS_SLOTS_MAX + 1 < EPOCH_RECIPIENTS_MAX || x->by_genesis || x == roster_in_force(b->roster);
}

/* box_all: to all devices, or to all slots, that are members, but to the author: ascending by id, as signers are. */
static err_t box_all(const struct epoch_begin *b, const struct key *root, bool devices, struct boxes *out)
{
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < b->roster->signer_n; i++) {
		const struct roster_signer *x = &b->roster->signer[i];
		if ((x->who.kind == SIGNER_DEVICE) == devices && roster_member(x) && !id_eq(x->id, b->author) &&
		    has_place(b, x, out->list.n))
			e = box_to(b, root, x, out);
		if (e == ERR_NOTFOUND || e == ERR_WRONGKEY)
			e = ERR_OK;
	}
	point(out);
	return e;
}

err_t epochs_start(const struct epoch_begin *b, const struct key *root, struct buf *start, struct buf *recipients)
{
	cleanup(boxes_free) struct boxes slots = { 0 }, devices = { 0 };
	cleanup(epochs_causes_free) struct epoch_causes c = { 0 };
	struct epoch_start s = { .number = b->at.number };
	struct hash commitment = HASH_ZERO;
	err_t e = epochs_causes(b->roster, &c);
	if (!e)
		e = root_box_commits(&b->at, root, &commitment);
	hash_put(s.commitment, commitment);
	if (!e)
		e = box_all(b, root, false, &slots);
	if (!e)
		e = box_all(b, root, true, &devices);
	if (e)
		return e;
	if (devices.list.n > EPOCH_RECIPIENTS_MAX || slots.list.n > UINT16_MAX)
		return ERR_LIMIT;
	s.causes = c.v;
	s.causes_n = c.n;
	s.slots = slots.list;
	e = epoch_put_start(start, &s);
	return e ? e : epoch_put_recipients(recipients, &devices.list);
}

/* -- what another began ------------------------------------------------------------------------------------------- */

static const struct epoch_box *box_of(const struct epoch_boxes *l, struct id id)
{
	for (size_t i = 0; i < l->n; i++)
		if (id_eq(l->v[i].to, id))
			return &l->v[i];
	return NULL;
}

static bool same_boxes(const struct epoch_boxes *a, const struct epoch_boxes *b)
{
	bool same = a->n == b->n;
	for (size_t i = 0; same && i < a->n; i++)
		same = id_eq(a->v[i].to, b->v[i].to) && !span_cmp(a->v[i].box, b->v[i].box);
	return same;
}

/* same_as_made: the boxes of one list, to devices or to slots. */
static err_t same_as_made(const struct epoch_begin *b, const struct key *root, bool devices,
                          const struct epoch_boxes *list)
{
	cleanup(boxes_free) struct boxes made = { 0 };
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < list->n; i++) {
		const struct roster_signer *x = roster_who(b->roster, list->v[i].to);
		if (!x)
			return ERR_BUSY;
		e = (x->who.kind == SIGNER_DEVICE) == devices ? box_to(b, root, x, &made) : ERR_DAMAGED;
	}
	if (e == ERR_NOTFOUND)
		return ERR_BUSY;
	if (e)
		return e == ERR_WRONGKEY ? ERR_DAMAGED : e;
	point(&made);
	return same_boxes(list, &made.list) ? ERR_OK : ERR_DAMAGED;
}

/* fits: a root that is known by another way. ERR_NOTFOUND: it is not this epoch's: a claim may be false. */
static err_t fits(const struct epoch_begin *b, const struct key *root, struct hash commitment, struct key *ret)
{
	struct hash is;
	err_t e = root_box_commits(&b->at, root, &is);
	if (!e && !hash_eq(is, commitment))
		e = ERR_NOTFOUND;
	if (!e)
		*ret = *root;
	return e;
}

/* root_of: by one's own box; ERR_NOTFOUND: there is none. */
static err_t root_of(const struct epoch_begin *b, const struct root_box_mine *mine, const struct epoch_start *s,
                     const struct epoch_boxes *l, struct key *ret)
{
	const struct epoch_box *box = box_of(l, mine->id);
	struct hash commitment = hash_from(s->commitment);
	if (!box)
		box = box_of(&s->slots, mine->id);
	if (!box)
		return ERR_NOTFOUND;
	err_t e = root_box_open(&b->at, mine, box->box, &commitment, ret);
	return e == ERR_WRONGKEY ? ERR_DAMAGED : e;
}

err_t epochs_open(const struct epoch_begin *b, const struct root_box_mine *mine, const struct epochs_got *got,
                  struct key *ret)
{
	cleanup(epoch_start_free) struct epoch_start s = { 0 };
	cleanup(epoch_boxes_free) struct epoch_boxes l = { 0 };
	cleanup(key_wipe) struct key root = { 0 };
	err_t e = epoch_get_start(got->start, &s);
	if (!e)
		e = epoch_get_recipients(got->recipients, &l);
	if (!e && s.number != b->at.number)
		e = ERR_DAMAGED;
	if (!e)
		e = got->known ? fits(b, got->known, hash_from(s.commitment), &root) : ERR_NOTFOUND;
	if (e == ERR_NOTFOUND)
		e = root_of(b, mine, &s, &l, &root);
	if (!e)
		e = same_as_made(b, &root, false, &s.slots);
	if (!e)
		e = same_as_made(b, &root, true, &l);
	if (!e)
		*ret = root;
	return e;
}
