/* SPDX-License-Identifier: MIT
 * A store in memory, for tests: objects in hash chains, one thread that answers.
 */
#include "remote/backends/mem.h"

#include "remote/requests/name.h"
#include "remote/requests/pool.h"
#include "util/cleanup.h"

#include <string.h>

#define CHAINS 4096

struct object {
	struct object *next;
	struct buf body;
	char name[STORE_NAME_MAX + 1];
};
struct mem {
	struct store base;
	struct pool *pool;
	pthread_mutex_t lock;
	struct object *chain[CHAINS]; /* lock */
};

/* Where `name` is linked, or would be. Caller holds the lock. */
static struct object **find(struct mem *m, const char *name)
{
	uint32_t h = 5381;
	for (const char *c = name; *c; c++)
		h = h * 33 + (unsigned char)*c;
	struct object **at = &m->chain[h % CHAINS];
	while (*at && strcmp((*at)->name, name))
		at = &(*at)->next;
	return at;
}

static err_t put(struct mem *m, const struct store_op *op)
{
	cleanup(buf_free) struct buf copy = BUF_INIT;
	buf_put(&copy, op->r.body.p, op->r.body.len);
	guard(&m->lock);
	struct object **at = find(m, op->name);
	if (!copy.failed && !*at && (*at = calloc(1, sizeof(**at))))
		memcpy((*at)->name, op->name, sizeof(op->name));
	if (copy.failed || !*at)
		return ERR_NOMEM;
	buf_move(&(*at)->body, &copy);
	return ERR_OK;
}

static err_t get(struct mem *m, const struct store_op *op, struct buf *body)
{
	guard(&m->lock);
	const struct object *o = *find(m, op->name);
	if (!o)
		return ERR_NOTFOUND;
	uint64_t length = op->r.length ? op->r.length : o->body.len;
	if (length > store_op_limit(&op->r))
		return ERR_LIMIT;
	if (op->r.offset + length > o->body.len)
		return ERR_DAMAGED;
	if (length)
		buf_put(body, o->body.p + op->r.offset, length);
	return buf_ok(body);
}

static void drop(struct object **at)
{
	struct object *o = *at;
	*at = o->next;
	buf_free(&o->body);
	free(o);
}

static err_t run(void *ctx, struct store_op *op, struct buf *body)
{
	struct mem *m = ctx;
	if (op->kind == STORE_PUT)
		return put(m, op);
	if (op->kind == STORE_GET)
		return get(m, op, body);
	guard(&m->lock);
	struct object **at = find(m, op->name);
	if (*at)
		drop(at);
	return ERR_OK;
}

static void mem_put(struct store *s, const struct store_request *r)
{
	pool_submit(((struct mem *)s)->pool, STORE_PUT, r);
}

static void mem_get(struct store *s, const struct store_request *r)
{
	pool_submit(((struct mem *)s)->pool, STORE_GET, r);
}

static void mem_del(struct store *s, const struct store_request *r)
{
	pool_submit(((struct mem *)s)->pool, STORE_DEL, r);
}

/* The names of one chain, copied, so that `fn` may use the store. */
static err_t copy_chain(struct mem *m, unsigned i, struct buf *names)
{
	guard(&m->lock);
	for (const struct object *o = m->chain[i]; o; o = o->next) {
		buf_put(names, o->name, sizeof(o->name));
		buf_u64(names, o->body.len);
	}
	return buf_ok(names);
}

static err_t mem_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct mem *m = (struct mem *)s;
	cleanup(buf_free) struct buf names = BUF_INIT;
	for (unsigned i = 0; i < CHAINS; i++) {
		buf_clear(&names);
		err_t e = pool_down(m->pool) ? ERR_CANCELED : copy_chain(m, i, &names);
		if (e)
			return e;
		for (struct rd r = RD(buf_span(&names)); r.left;) {
			const char *name = (const char *)rd_bytes(&r, STORE_NAME_MAX + 1);
			if (fn(ctx, name, rd_u64(&r)) == STORE_LIST_STOP)
				return ERR_OK;
		}
	}
	return ERR_OK;
}

static err_t mem_check(struct store *s, bool create, struct why *why)
{
	(void)create;
	return pool_down(((struct mem *)s)->pool) ? why_set(why, ERR_CANCELED, "Shut down.") : ERR_OK;
}

static enum store_list_next first_name(void *ctx, const char *name, uint64_t size)
{
	char path[64];
	(void)size;
	snprintf(path, sizeof(path), "%.2s/%s", name, name); /* as where objects lie in folders */
	store_name_seen(ctx, strcmp(name, STORE_HEADER) ? path : name);
	return STORE_LIST_STOP;
}

static err_t mem_look(struct store *s, struct store_place *ret, struct why *why)
{
	*ret = (struct store_place){ .state = STORE_PLACE_EMPTY };
	err_t e = mem_list(s, first_name, ret);
	return e ? why_set(why, e, "%s", err_text(e)) : ERR_OK;
}

static void mem_shutdown(struct store *s)
{
	pool_shutdown(((struct mem *)s)->pool);
}

static void mem_destroy(struct store *s)
{
	struct mem *m = (struct mem *)s;
	pool_free(m->pool);
	for (unsigned i = 0; i < CHAINS; i++)
		while (m->chain[i])
			drop(&m->chain[i]);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static void mem_limit(struct store *s, uint64_t up, uint64_t down)
{
	(void)s, (void)up, (void)down; /* memory has no link to spare */
}

static const struct store_ops mem_ops = { mem_put,      mem_get,     mem_del,   mem_list, mem_check,
	                                  mem_shutdown, mem_destroy, mem_limit, mem_look };

struct store *store_mem_new(void)
{
	struct mem *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->base.ops = &mem_ops;
	pthread_mutex_init(&m->lock, NULL);
	if (pool_new(1, run, m, &m->pool)) {
		mem_destroy(&m->base);
		return NULL;
	}
	return &m->base;
}
