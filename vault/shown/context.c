/* SPDX-License-Identifier: MIT */
#include "vault/shown/context.h"

#include "util/cleanup.h"

static err_t scan(const struct context *c, struct shown_key prefix, view_visit fn, void *arg)
{
	return c->local->scan(c->local->ctx, shown_key_span(&prefix), SPAN(NULL, 0), fn, arg);
}

static err_t visit_any(void *ctx, struct span key, struct span value)
{
	(void)key;
	(void)value;
	*(bool *)ctx = true;
	return ERR_EXISTS; /* one is enough */
}

err_t context_has(const struct context *c, struct shown_key key, bool *ret)
{
	bool found = false;
	err_t e = scan(c, key, visit_any, &found);
	if (e != ERR_OK && !found)
		return e;
	*ret = found;
	return ERR_OK;
}

static err_t get(const struct context *c, struct shown_key key, struct buf *out)
{
	return c->local->get(c->local->ctx, shown_key_span(&key), out);
}

err_t context_there(const struct context *c, struct shown_key key, bool *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = get(c, key, &b);
	if (e != ERR_OK && e != ERR_NOTFOUND)
		return e;
	*ret = e == ERR_OK;
	return ERR_OK;
}

struct numbering {
	unsigned i;
	struct u64s *to;
};

static err_t visit_number(void *ctx, struct span key, struct span value)
{
	const struct numbering *n = ctx;
	uint64_t one;
	(void)value;
	err_t e = shown_key_number(key, n->i, &one);
	if (e != ERR_OK)
		return e;
	if (n->to->n && n->to->v[n->to->n - 1] == one)
		return ERR_OK;
	return u64s_add(n->to, one);
}

err_t context_numbers(const struct context *c, struct shown_key prefix, unsigned i, struct u64s *ret)
{
	struct numbering n = { i, ret };
	return scan(c, prefix, visit_number, &n);
}

err_t context_claims(const struct context *c, uint64_t dir, uint64_t hash, struct claims *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = get(c, shown_key_2(SHOWN_NAMES, dir, hash), &b);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	return e == ERR_OK ? claims_decode(buf_span(&b), ret) : e;
}

static err_t visit_claims(void *ctx, struct span key, struct span value)
{
	(void)key;
	return claims_decode(value, ctx);
}

err_t context_cluster_claims(const struct context *c, uint64_t dir, uint64_t hash, struct claims *ret)
{
	return scan(c, shown_key_cluster(SHOWN_NAMES, dir, hash), visit_claims, ret);
}

err_t context_all_claims(const struct context *c, uint64_t dir, struct claims *ret)
{
	return scan(c, shown_key_1(SHOWN_NAMES, dir), visit_claims, ret);
}

err_t context_united(const struct context *c, uint64_t dir, struct u64s *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = get(c, shown_key_1(SHOWN_MEMBERS, dir), &b);
	if (e == ERR_NOTFOUND)
		return ERR_OK;
	struct rd r = RD(buf_span(&b));
	while (e == ERR_OK && r.left && !r.bad)
		e = u64s_add(ret, rd_u64(&r));
	return e == ERR_OK && r.bad ? ERR_DAMAGED : e;
}

err_t context_members(const struct context *c, uint64_t dir, struct u64s *ret)
{
	size_t first = ret->n;
	err_t e = context_united(c, dir, ret);
	if (e == ERR_OK && ret->n == first + 1) { /* it says who is the identity */
		uint64_t identity = ret->v[--ret->n];
		e = context_united(c, identity, ret);
	}
	return e == ERR_OK && ret->n == first ? u64s_add(ret, dir) : e;
}

err_t context_subdirs(const struct context *c, uint64_t dir, uint64_t *ret)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = get(c, shown_key_1(SHOWN_SUBDIRS, dir), &b);
	struct rd r = RD(buf_span(&b));
	uint64_t count = e == ERR_OK ? rd_u64(&r) : 0;
	if (e == ERR_OK && !rd_end(&r))
		return ERR_DAMAGED;
	if (e == ERR_OK || e == ERR_NOTFOUND)
		*ret = count;
	return e == ERR_NOTFOUND ? ERR_OK : e;
}

err_t context_hangs(const struct context *c, uint64_t dir, uint64_t *ret, bool *is_void)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = get(c, shown_key_1(SHOWN_HANGS, dir), &b);
	if (e != ERR_OK)
		return e;
	struct rd r = RD(buf_span(&b));
	uint64_t at = rd_u64(&r);
	bool is = rd_u8(&r);
	if (!rd_end(&r))
		return ERR_DAMAGED;
	*ret = at;
	*is_void = is;
	return ERR_OK;
}

err_t context_bucket(const struct context *c, const struct name *name, uint64_t *ret)
{
	return shown_hash(c->hash, SPAN(name->b, name->len), ret);
}
