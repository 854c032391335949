/* SPDX-License-Identifier: MIT
 * A store that hands everything on to another, which several devices share: each closes its own.
 */
#pragma once

#include "remote/store.h"

#include <stdlib.h>

struct passing {
	struct store store;
	struct store *to;
};
static void passing_put(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct passing *)s)->to;
	to->ops->put(to, r);
}
static void passing_get(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct passing *)s)->to;
	to->ops->get(to, r);
}
static void passing_del(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct passing *)s)->to;
	to->ops->del(to, r);
}
static err_t passing_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct store *to = ((struct passing *)s)->to;
	return to->ops->list(to, fn, ctx);
}
static err_t passing_check(struct store *s, bool create, struct why *why)
{
	struct store *to = ((struct passing *)s)->to;
	return to->ops->check(to, create, why);
}
static void passing_shutdown(struct store *s)
{
	(void)s;
}
static void passing_destroy(struct store *s)
{
	free(s);
}

static struct store *passing_new(struct store *to)
{
	static const struct store_ops ops = { .put = passing_put,
		                              .get = passing_get,
		                              .del = passing_del,
		                              .list = passing_list,
		                              .check = passing_check,
		                              .shutdown = passing_shutdown,
		                              .destroy = passing_destroy };
	struct passing *v = calloc(1, sizeof(*v));
	if (!v)
		abort();
	*v = (struct passing){ { &ops }, to };
	return &v->store;
}
