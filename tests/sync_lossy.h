/* SPDX-License-Identifier: MIT
 * A store in front of another, for tests of what a store loses: it knows all names in the order of their first PUT, so
 * that "the 7th object" is the same in each run; takes PUTs that it does not keep, where it is told to; and can be
 * copied, and set back to a copy. Not for several threads that PUT at once. Includers use only some of it.
 */
#pragma once

#include "remote/backends/mem.h"
#include "remote/open.h"
#include "remote/requests/sync_calls.h"
#include "tests/unit/changeset_util.h"
#include "util/vec.h"

struct lossy_name {
	char text[STORE_NAME_MAX];
};
struct lossy {
	struct store store;
	struct store *to;
	struct lossy_name *names; /* in the order of their first PUT */
	size_t n, cap;
	unsigned swallow; /* how many of the next PUTs are answered, and not kept */
	unsigned swallowed;
	unsigned puts;
};

static void lossy_note(struct lossy *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->names[i].text, name))
			return;
	assert_true(vec_room(l->names, l->n, 1, &l->cap));
	snprintf(l->names[l->n++].text, STORE_NAME_MAX, "%s", name);
}

static void lossy_put(struct store *s, const struct store_request *r)
{
	struct lossy *l = (struct lossy *)s;
	lossy_note(l, r->name);
	l->puts++;
	if (!l->swallow) {
		l->to->ops->put(l->to, r);
		return;
	}
	l->swallow--;
	l->swallowed++;
	r->done(r->ctx, ERR_OK, NULL);
}
static void lossy_get(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct lossy *)s)->to;
	to->ops->get(to, r);
}
static void lossy_del(struct store *s, const struct store_request *r)
{
	struct store *to = ((struct lossy *)s)->to;
	to->ops->del(to, r);
}
static err_t lossy_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct store *to = ((struct lossy *)s)->to;
	return to->ops->list(to, fn, ctx);
}
static err_t lossy_check(struct store *s, bool create, struct why *why)
{
	struct store *to = ((struct lossy *)s)->to;
	return to->ops->check(to, create, why);
}
static void lossy_shutdown(struct store *s)
{
	(void)s;
}
static void lossy_destroy(struct store *s)
{
	struct lossy *l = (struct lossy *)s;
	store_close(l->to);
	free(l->names);
	free(l);
}

/* lossy_new: takes `to` over. */
static struct store *lossy_new(struct store *to)
{
	static const struct store_ops ops = { .put = lossy_put,
		                              .get = lossy_get,
		                              .del = lossy_del,
		                              .list = lossy_list,
		                              .check = lossy_check,
		                              .shutdown = lossy_shutdown,
		                              .destroy = lossy_destroy };
	struct lossy *l = calloc(1, sizeof(*l));
	assert_non_null(l);
	*l = (struct lossy){ .store = { &ops }, .to = to };
	return &l->store;
}

/* lossy_lose: the object that was PUT as number `i`; false: it is not there. */
static inline bool lossy_lose(struct store *s, size_t i)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct lossy *l = (struct lossy *)s;
	const char *name = l->names[i].text;
	if (store_get_sync(l->to, name, 0, 0, 0, &body))
		return false;
	ok(store_del_sync(l->to, name));
	return true;
}

/* lossy_copy: all that it has now, as a store of its own. */
static inline struct store *lossy_copy(struct store *s)
{
	struct lossy *l = (struct lossy *)s;
	struct store *copy = lossy_new(store_mem_new());
	for (size_t i = 0; i < l->n; i++) {
		cleanup(buf_free) struct buf body = BUF_INIT;
		err_t e = store_get_sync(l->to, l->names[i].text, 0, 0, 0, &body);
		if (e == ERR_NOTFOUND)
			continue;
		ok(e);
		ok(store_put_sync(copy, l->names[i].text, buf_span(&body)));
	}
	return copy;
}

/* lossy_back: it is as `copy` was; what came since is gone. */
static inline void lossy_back(struct store *s, struct store *copy)
{
	struct lossy *l = (struct lossy *)s;
	for (size_t i = 0; i < l->n; i++) {
		cleanup(buf_free) struct buf body = BUF_INIT;
		err_t e = store_get_sync(copy, l->names[i].text, 0, 0, 0, &body);
		if (e == ERR_NOTFOUND) {
			ok(store_del_sync(l->to, l->names[i].text));
			continue;
		}
		ok(e);
		ok(store_put_sync(l->to, l->names[i].text, buf_span(&body)));
	}
}
