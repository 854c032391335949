/* SPDX-License-Identifier: MIT */
#include "vault/act/moves.h"

#include "util/vec.h"
#include "vault/act/lives.h"
#include "vault/act/put.h"
#include "vault/act/removal.h"
#include "vault/act/settle.h"
#include "vault/act/spot.h"

/* Where an entry goes. other: of an exchange, what goes the other way. */
struct course {
	const struct tree_entry *e;
	struct spot to;
	struct stamp stamp;
	struct seat seat;
	const struct tree_entry *other;
};
/* The links as they will be: all are worked out before any is put. */
struct plan {
	struct link_rec *v;
	size_t n, cap;
};

static void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		link_rec_free(&p->v[i]);
	free(p->v);
}

/* Of a directory: where it was shown before it came to the directory that it is in. */
static err_t plan_back(struct act *a, const struct course *c, const struct where *now, struct where *to)
{
	to->has_back = true;
	to->back = now->has_back ? now->back : (struct spot){ INO_ROOT, c->to.name };
	const struct tree *t;
	const struct tree_dir *above, *below;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_dir(t, c->e->dir, &above);
	if (e == ERR_OK)
		e = tree_dir(t, c->to.dir, &below);
	if (e != ERR_OK || above->ino == below->ino)
		return e;
	to->back.name = spot_name(c->e->name);
	return spot_real(a, above->ino, now->at.dir, &to->back.dir);
}

static err_t plan_where(struct act *a, const struct course *c, const struct where *now, struct where *to)
{
	*to = (struct where){ .stamp = c->stamp, .at.name = c->to.name, .seat = c->seat };
	if (c->other) {
		to->has_half = true;
		to->half = (struct half){ { c->other->ino, c->other->lid, c->stamp }, now->at, now->seat };
	}
	err_t e = spot_real(a, c->to.dir, now->at.dir, &to->at.dir);
	return e == ERR_OK && !c->e->version ? plan_back(a, c, now, to) : e;
}

/* A member of a directory that is not its identity and is removed moves along, and stays removed. */
static err_t stays_removed(struct act *a, const struct course *c, uint64_t member, bool *ret)
{
	const struct tree *t;
	*ret = false;
	if (c->e->version || member == c->e->ino)
		return ERR_OK;
	err_t e = act_tree(a, &t);
	return e == ERR_OK ? tree_is_revived(t, member, ret) : e;
}

static err_t plan_link(struct act *a, const struct course *c, uint64_t ino, struct plan *p)
{
	struct where now, to;
	bool same_life;
	err_t e = spot_counts(a, ino, c->e->lid, &now);
	if (e == ERR_OK)
		e = plan_where(a, c, &now, &to);
	if (e == ERR_OK)
		e = stays_removed(a, c, ino, &same_life);
	if (e != ERR_OK)
		return e;
	if (!vec_room(p->v, p->n, 1, &p->cap))
		return ERR_NOMEM;
	struct link_rec l = { .ino = ino, .lid = c->e->lid, .life = c->stamp };
	if (same_life)
		e = shared_link(act_shown(a), ino, c->e->lid, &l);
	if (e != ERR_OK)
		return e;
	l.where = to;
	p->v[p->n++] = l;
	return ERR_OK;
}

/* All members of a directory; the link of a file. */
static err_t plan_move(struct act *a, const struct course *c, struct plan *p)
{
	struct tree_inos members;
	err_t e = spot_members(a, c->e, &members);
	for (size_t i = 0; e == ERR_OK && i < members.n; i++)
		if (members.v[i] != INO_LOST)
			e = plan_link(a, c, members.v[i], p);
	return e;
}

static err_t carry_out(struct act *a, const struct plan *p)
{
	err_t e = ERR_OK;
	for (size_t i = 0; e == ERR_OK && i < p->n; i++)
		e = lives_bury(a, p->v[i].ino);
	for (size_t i = 0; e == ERR_OK && i < p->n; i++)
		e = put_link(a, &p->v[i]);
	return e;
}

/* Is the directory `dir` what `x` shows, or below it? */
static err_t is_below(struct act *a, uint64_t dir, const struct tree_entry *x, bool *ret)
{
	const struct tree *t;
	const struct tree_dir *d;
	err_t e = act_tree(a, &t);
	*ret = false;
	while (e == ERR_OK && dir && !x->version && !*ret) {
		e = tree_dir(t, dir, &d);
		if (e != ERR_OK)
			break;
		*ret = d->ino == x->ino;
		dir = d->up;
	}
	return e;
}

static bool is_same(const struct tree_entry *s, const struct tree_entry *x)
{
	if (tree_same(s, x))
		return true;
	if (!s->version || !x->version || s->ino != x->ino || s->sibling != x->sibling)
		return false;
	return !s->sibling || version_id_cmp(s->version->id, x->version->id) == 0;
}

/* May `s` take the place of `x`? */
static err_t may_replace(struct act *a, const struct tree_entry *s, const struct tree_entry *x, enum refusal *ret)
{
	const struct tree *t;
	bool empty = true;
	if (!x->version != !s->version) {
		*ret = x->version ? REFUSED_NOTDIR : REFUSED_ISDIR;
		return ERR_OK;
	}
	if (x->version)
		return ERR_OK;
	err_t e = act_tree(a, &t);
	if (e == ERR_OK)
		e = tree_is_empty(t, x->ino, &empty);
	if (!empty)
		*ret = REFUSED_NOTEMPTY;
	else if (e == ERR_OK && x->ino == INO_LOST)
		*ret = REFUSED_BUSY;
	return e;
}

/* The two names, and what they show. */
struct ends {
	uint64_t dir, to_dir;
	const struct tree_entry *file, *other; /* other: NULL: nothing */
};

static err_t put_along(struct act *a, const struct act_along *along, const struct ends *ends, struct stamp stamp)
{
	if (!along)
		return ERR_OK;
	err_t e = attrs_put_dir(a, ends->dir, stamp, along->dir);
	if (e == ERR_OK)
		e = attrs_put_dir(a, ends->to_dir, stamp, along->to_dir);
	if (e == ERR_OK)
		e = attrs_put_entry(a, ends->file, stamp, along->file);
	return e == ERR_OK && ends->other ? attrs_put_entry(a, ends->other, stamp, along->other) : e;
}

struct rename {
	const struct spot *from, *to;
	const struct act_along *along;
	const struct tree_entry *s, *x; /* what moves, and what is there: NULL, nothing */
};

static err_t rename_find(struct act *a, struct rename *r)
{
	err_t e = spot_find(a, r->from, &r->s);
	return e == ERR_OK ? spot_find(a, r->to, &r->x) : e;
}

/* *done: there is nothing to do. */
static err_t rename_may(struct act *a, struct rename *r, bool *done, enum refusal *ret)
{
	bool below = false;
	err_t e = rename_find(a, r);
	*done = false;
	*ret = e == ERR_OK && !r->s ? REFUSED_NOENT : REFUSED_NOT;
	if (e == ERR_OK && !*ret)
		e = is_below(a, r->to->dir, r->s, &below);
	if (e == ERR_OK && below)
		*ret = REFUSED_INVAL;
	if (e == ERR_OK && !*ret)
		e = spot_may_hold(a, r->to->dir, ret);
	if (e != ERR_OK || *ret)
		return e;
	*done = r->x && is_same(r->s, r->x);
	if (!*done && r->x)
		e = may_replace(a, r->s, r->x, ret);
	if (e == ERR_OK && !*done && !*ret && r->s->ino == INO_LOST)
		*ret = REFUSED_BUSY;
	return e;
}

static err_t rename_settle(struct act *a, struct rename *r)
{
	bool was_dir = !r->s->version, replaces = r->x;
	err_t e = settle_name(a, r->from, &r->s);
	if (e == ERR_OK && replaces)
		e = settle_name(a, r->to, &r->x);
	if (e == ERR_OK && was_dir)
		e = lives_settle_voided(a);
	if (e == ERR_OK)
		e = rename_find(a, r);
	if (e == ERR_OK && was_dir)
		e = lives_settle_revived(a, r->s->ino);
	if (e == ERR_OK)
		e = lives_reaffirm(a, r->from->dir);
	if (e == ERR_OK)
		e = lives_confirm_all(a, r->s);
	return e == ERR_OK ? rename_find(a, r) : e;
}

/* Who saves over a file of its own takes its seat over, one greater: what it replaced may be there again. */
static err_t rename_seat(struct act *a, const struct rename *r, struct stamp stamp, struct seat *ret)
{
	struct where x;
	*ret = (struct seat){ stamp, 0 };
	if (!r->x)
		return ERR_OK;
	err_t e = spot_counts(a, r->x->ino, r->x->lid, &x);
	if (e == ERR_OK && x.seat.stamp.stream == a->stream)
		*ret = (struct seat){ x.seat.stamp, x.seat.handed_on + 1 };
	return e;
}

static err_t rename_act(struct act *a, const struct rename *r)
{
	cleanup(plan_free) struct plan p = { 0 };
	struct tree_inos replaced = { 0 };
	struct course c = { .e = r->s, .to = *r->to, .stamp = act_tick(a) };
	struct partner by = { .ino = r->s->ino, .lid = r->s->lid };
	err_t e = r->x ? spot_members(a, r->x, &replaced) : ERR_OK;
	if (e == ERR_OK)
		e = rename_seat(a, r, c.stamp, &c.seat);
	if (e == ERR_OK)
		e = plan_move(a, &c, &p);
	if (e == ERR_OK)
		e = put_along(a, r->along, &(struct ends){ r->from->dir, r->to->dir, r->s, r->x }, c.stamp);
	if (e == ERR_OK)
		e = carry_out(a, &p);
	for (size_t i = 0; e == ERR_OK && i < replaced.n; i++)
		if (replaced.v[i] != INO_LOST)
			e = removal_put(a, replaced.v[i], r->x->lid, c.stamp, &by);
	return e;
}

err_t moves_rename(struct act *a, const struct spot *from, const struct spot *to, const struct act_along *along,
                   enum refusal *ret)
{
	ACT_OPERATION(a);
	struct rename r = { .from = from, .to = to, .along = along };
	bool done;
	err_t e = rename_may(a, &r, &done, ret);
	if (e != ERR_OK || *ret || done)
		return e;
	e = rename_settle(a, &r);
	return e == ERR_OK ? rename_act(a, &r) : e;
}

struct exchange {
	const struct spot *one, *other;
	const struct tree_entry *x, *y;
};

static err_t exchange_find(struct act *a, struct exchange *c)
{
	err_t e = spot_find(a, c->one, &c->x);
	return e == ERR_OK ? spot_find(a, c->other, &c->y) : e;
}

static err_t exchange_may(struct act *a, struct exchange *c, enum refusal *ret)
{
	bool below = false, above = false;
	err_t e = exchange_find(a, c);
	*ret = REFUSED_NOT;
	if (e == ERR_OK && (!c->x || !c->y))
		*ret = REFUSED_NOENT;
	if (e == ERR_OK && !*ret)
		e = is_below(a, c->other->dir, c->x, &below);
	if (e == ERR_OK && !*ret)
		e = is_below(a, c->one->dir, c->y, &above);
	if (e != ERR_OK || *ret)
		return e;
	if (below || above || tree_same(c->x, c->y))
		*ret = REFUSED_INVAL;
	else if (c->x->ino == INO_LOST || c->y->ino == INO_LOST)
		*ret = REFUSED_BUSY;
	if (!*ret)
		e = spot_may_hold(a, c->one->dir, ret);
	if (e == ERR_OK && !*ret)
		e = spot_may_hold(a, c->other->dir, ret);
	return e;
}

static err_t exchange_settle(struct act *a, struct exchange *c)
{
	err_t e = settle_name(a, c->one, &c->x);
	if (e == ERR_OK)
		e = settle_name(a, c->other, &c->y);
	if (e == ERR_OK)
		e = exchange_find(a, c);
	if (e == ERR_OK && (!c->x->version || !c->y->version))
		e = lives_settle_voided(a);
	if (e == ERR_OK)
		e = exchange_find(a, c);
	if (e == ERR_OK && !c->x->version)
		e = lives_settle_revived(a, c->x->ino);
	if (e == ERR_OK && !c->y->version)
		e = lives_settle_revived(a, c->y->ino);
	if (e == ERR_OK)
		e = exchange_find(a, c);
	if (e == ERR_OK)
		e = lives_confirm_all(a, c->x);
	if (e == ERR_OK)
		e = exchange_find(a, c);
	if (e == ERR_OK)
		e = lives_confirm_all(a, c->y);
	return e == ERR_OK ? exchange_find(a, c) : e;
}

err_t moves_exchange(struct act *a, const struct spot *one, const struct spot *other, const struct act_along *along,
                     enum refusal *ret)
{
	ACT_OPERATION(a);
	cleanup(plan_free) struct plan p = { 0 };
	struct exchange c = { .one = one, .other = other };
	err_t e = exchange_may(a, &c, ret);
	if (e != ERR_OK || *ret)
		return e;
	e = exchange_settle(a, &c);
	if (e != ERR_OK)
		return e;
	struct stamp stamp = act_tick(a);
	struct course there = { .e = c.x, .to = *other, .stamp = stamp, .seat = { stamp, 0 }, .other = c.y };
	struct course back = { .e = c.y, .to = *one, .stamp = stamp, .seat = { stamp, 0 }, .other = c.x };
	e = plan_move(a, &there, &p);
	if (e == ERR_OK)
		e = plan_move(a, &back, &p);
	if (e == ERR_OK)
		e = put_along(a, along, &(struct ends){ one->dir, other->dir, c.x, c.y }, stamp);
	return e == ERR_OK ? carry_out(a, &p) : e;
}
