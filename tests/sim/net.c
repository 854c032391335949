/* SPDX-License-Identifier: MIT */
#include "tests/sim/net.h"

#include "tests/sim/host.h"
#include "util/cleanup.h"

#include <string.h>

struct object {
	char name[STORE_NAME_MAX + 1];
	struct buf body, before;
	bool there, was_there;
	uint32_t unseen; /* bit n: device n sees what was before */
	uint32_t withheld;
};
enum request_kind { PUT, GET, DEL };
struct request {
	struct request *next;
	enum request_kind kind;
	unsigned owner;
	char name[STORE_NAME_MAX + 1];
	struct store_request r;
	enum fate fate;
	struct net *net;
};
struct late {
	struct late *next;
	char name[STORE_NAME_MAX + 1];
	struct buf body;
	unsigned owner;
};
struct link { /* the store as one device sees it */
	struct store store;
	struct net *net;
	unsigned owner;
};
struct net {
	struct object *list;
	uint64_t *begins; /* of their names, to find one by */
	size_t n, cap;
	struct request *first, **end;
	struct late *late;
	struct link link[HOST_OWNERS];
	bool off[HOST_OWNERS];
	uint32_t veil[HOST_OWNERS]; /* of a sender: who does not see what it PUTs */
	net_step_fn step;
	void *ctx;
	void (*watch)(void *ctx, const char *name, struct span body);
	void *watch_ctx;
};

/* --- objects --- */
static uint64_t begin_of(const char *name)
{
	uint64_t begin = 0;
	memcpy(&begin, name, strnlen(name, sizeof(begin)));
	return begin;
}

static struct object *find(struct net *n, const char *name)
{
	const uint64_t begin = begin_of(name);
	for (size_t i = 0; i < n->n; i++)
		if (n->begins[i] == begin && !strcmp(n->list[i].name, name))
			return &n->list[i];
	return NULL;
}

static struct object *make(struct net *n, const char *name)
{
	if (n->n == n->cap) {
		n->cap = n->cap ? 2 * n->cap : 64;
		n->list = realloc(n->list, n->cap * sizeof(*n->list));
		n->begins = realloc(n->begins, n->cap * sizeof(*n->begins));
		if (!n->list || !n->begins)
			abort();
	}
	n->begins[n->n] = begin_of(name);
	struct object *o = &n->list[n->n++];
	*o = (struct object){ .there = false };
	strcpy(o->name, name);
	return o;
}

static void apply_put(struct net *n, unsigned owner, const char *name, struct span body, bool unseen)
{
	struct object *o = find(n, name);
	if (!o)
		o = make(n, name);
	buf_clear(&o->before);
	buf_put(&o->before, o->body.p, o->body.len);
	o->was_there = o->there;
	buf_clear(&o->body);
	buf_put(&o->body, body.p, body.len);
	o->there = true;
	o->unseen = unseen ? ~(UINT32_C(1) << owner) : n->veil[owner];
	if (n->watch)
		n->watch(n->watch_ctx, name, body);
}

static err_t apply_get(struct net *n, const struct request *q, struct buf *out)
{
	const struct object *o = find(n, q->name);
	if (!o || (o->withheld >> q->owner & 1))
		return ERR_NOTFOUND;
	bool old = o->unseen >> q->owner & 1;
	if (!(old ? o->was_there : o->there))
		return ERR_NOTFOUND;
	struct span body = buf_span(old ? &o->before : &o->body);
	uint64_t length = q->r.length ? q->r.length : body.len, limit = q->r.limit ? q->r.limit : 32u << 20;
	if (length > limit)
		return ERR_LIMIT;
	if (q->r.offset + length > body.len)
		return ERR_DAMAGED;
	buf_put(out, (const uint8_t *)body.p + q->r.offset, length);
	return ERR_OK;
}

static void apply_del(struct net *n, const char *name)
{
	struct object *o = find(n, name);
	if (!o)
		return;
	o->there = o->was_there = false;
	if (n->watch)
		n->watch(n->watch_ctx, name, SPAN(NULL, 0));
}

bool net_has(struct net *n, const char *name)
{
	const struct object *o = find(n, name);
	return o && o->there;
}

void net_lose(struct net *n, const char *name)
{
	apply_del(n, name);
}

static void keep_late(struct net *n, const struct request *q)
{
	struct late *l = calloc(1, sizeof(*l));
	if (!l)
		abort();
	strcpy(l->name, q->name);
	l->owner = q->owner;
	buf_put(&l->body, q->r.body.p, q->r.body.len);
	l->next = n->late;
	n->late = l;
}

bool net_late(struct net *n, uint64_t pick)
{
	unsigned count = 0;
	for (struct late *l = n->late; l; l = l->next)
		count++;
	if (!count)
		return false;
	struct late **at = &n->late;
	for (unsigned i = (unsigned)(pick % count); i; i--)
		at = &(*at)->next;
	struct late *l = *at;
	*at = l->next;
	apply_put(n, l->owner, l->name, buf_span(&l->body), false);
	buf_free(&l->body);
	free(l);
	return true;
}

void net_reveal(struct net *n)
{
	for (size_t i = 0; i < n->n; i++)
		n->list[i].unseen = 0;
	memset(n->veil, 0, sizeof(n->veil));
}

void net_veil(struct net *n, unsigned from, unsigned to)
{
	if (from != to)
		n->veil[from] |= UINT32_C(1) << to;
}

void net_withhold(struct net *n, unsigned owner, uint64_t pick)
{
	if (n->n)
		n->list[pick % n->n].withheld |= UINT32_C(1) << owner;
}

void net_release(struct net *n)
{
	for (size_t i = 0; i < n->n; i++)
		n->list[i].withheld = 0;
}

void net_offline(struct net *n, unsigned owner, bool off)
{
	n->off[owner] = off;
}

void net_each(const struct net *n, void (*fn)(void *ctx, const char *name, struct span body), void *ctx)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->list[i].there)
			fn(ctx, n->list[i].name, buf_span(&n->list[i].body));
}

void net_watch(struct net *n, void (*fn)(void *ctx, const char *name, struct span body), void *ctx)
{
	n->watch = fn;
	n->watch_ctx = ctx;
}

/* --- requests --- */
static void submit(struct store *s, enum request_kind kind, const struct store_request *r)
{
	struct link *l = (struct link *)s;
	struct request *q = calloc(1, sizeof(*q));
	if (!q)
		abort();
	*q = (struct request){ .kind = kind, .owner = l->owner, .r = *r, .net = l->net };
	strcpy(q->name, r->name);
	*l->net->end = q;
	l->net->end = &q->next;
}

static void link_put(struct store *s, const struct store_request *r)
{
	submit(s, PUT, r);
}
static void link_get(struct store *s, const struct store_request *r)
{
	submit(s, GET, r);
}
static void link_del(struct store *s, const struct store_request *r)
{
	submit(s, DEL, r);
}

static struct request *take(struct net *n, unsigned owner, uint64_t pick)
{
	unsigned count = net_pending(n, owner);
	if (!count)
		return NULL;
	unsigned left = (unsigned)(pick % count);
	for (struct request **at = &n->first; *at; at = &(*at)->next)
		if ((*at)->owner == owner && !left--) {
			struct request *q = *at;
			*at = q->next;
			if (n->end == &q->next)
				n->end = at;
			return q;
		}
	return NULL;
}

unsigned net_pending(const struct net *n, unsigned owner)
{
	unsigned count = 0;
	for (const struct request *q = n->first; q; q = q->next)
		count += q->owner == owner;
	return count;
}

/* effect: what the request does to the store. */
static err_t effect(const struct request *q, struct buf *out)
{
	struct net *n = q->net;
	if (n->off[q->owner] || q->fate == FATE_REFUSED)
		return ERR_NET;
	if (q->kind == GET)
		return q->fate == FATE_LOST ? ERR_NET : apply_get(n, q, out);
	if (q->kind == PUT && (q->fate == FATE_LATE || q->fate == FATE_TWICE))
		keep_late(n, q);
	if (q->kind == DEL)
		apply_del(n, q->name);
	else if (q->fate != FATE_LATE)
		apply_put(n, q->owner, q->name, q->r.body, q->fate == FATE_UNSEEN);
	return q->fate == FATE_LOST || q->fate == FATE_LATE ? ERR_NET : ERR_OK;
}

static void *answer(void *arg)
{
	struct request *q = arg;
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct net *n = q->net;
	bool dead = n->step && n->step(n->ctx, q->owner);
	err_t e = dead ? ERR_NET : effect(q, &body);
	if (!dead && n->step && n->step(n->ctx, q->owner))
		e = ERR_NET;
	q->r.done(q->r.ctx, e, e || q->kind != GET ? NULL : &body);
	free(q);
	return NULL;
}

static void *answer_canceled(void *arg)
{
	struct request *q = arg;
	q->r.done(q->r.ctx, ERR_CANCELED, NULL);
	free(q);
	return NULL;
}

bool net_deliver(struct net *n, unsigned owner, uint64_t pick, enum fate fate)
{
	struct request *q = take(n, owner, pick);
	if (!q)
		return false;
	q->fate = fate;
	struct fiber *f = fiber_new(owner, answer, q);
	fiber_detach(f);
	fiber_run(f);
	return true;
}

static void link_shutdown(struct store *s)
{
	struct link *l = (struct link *)s;
	for (struct request *q; (q = take(l->net, l->owner, 0));)
		(void)answer_canceled(q);
}
static void link_destroy(struct store *s)
{
	(void)s; /* the net's */
}
static err_t link_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct link *l = (struct link *)s;
	for (size_t i = 0; i < l->net->n; i++) {
		const struct object *o = &l->net->list[i];
		if (o->there && fn(ctx, o->name, o->body.len) == STORE_LIST_STOP)
			break;
	}
	return ERR_OK;
}
static err_t link_check(struct store *s, bool create, struct why *why)
{
	(void)s, (void)create, (void)why;
	return ERR_OK;
}
static void link_limit(struct store *s, uint64_t up, uint64_t down)
{
	(void)s, (void)up, (void)down;
}
static const struct store_ops link_ops = { .put = link_put,
	                                   .get = link_get,
	                                   .del = link_del,
	                                   .list = link_list,
	                                   .check = link_check,
	                                   .shutdown = link_shutdown,
	                                   .destroy = link_destroy,
	                                   .limit = link_limit };

/* --- life --- */
struct net *net_new(net_step_fn step, void *ctx)
{
	struct net *n = calloc(1, sizeof(*n));
	if (!n)
		abort();
	n->end = &n->first;
	n->step = step;
	n->ctx = ctx;
	for (unsigned i = 0; i < HOST_OWNERS; i++)
		n->link[i] = (struct link){ { &link_ops }, n, i };
	return n;
}

struct store *net_store(struct net *n, unsigned owner)
{
	return &n->link[owner].store;
}

void net_free(struct net *n)
{
	while (net_late(n, 0))
		;
	for (size_t i = 0; i < n->n; i++) {
		buf_free(&n->list[i].body);
		buf_free(&n->list[i].before);
	}
	free(n->list);
	free(n->begins);
	free(n);
}
